// hls.js as it comes, on a page that is not ours: nobody tunes their player for this server.
import assert from "node:assert/strict";
import path from "node:path";
import {after, before, test} from "node:test";

import {launch, openPage} from "./chromium.mjs";
import {passthrough, publisher, Server, source} from "./server.mjs";

let browser;
let server;
let camera;

before(async () => {
  server = await Server.start(passthrough("500ms"));
  browser = await launch();
});

after(async () => {
  await browser?.close();
  await camera?.stop();
  await server?.stop();
});

test("hls.js: plays a stream that has just begun, and stays three parts behind its edge", async (context) => {
  const {page, complaints} = await openPage(browser);
  await page.setContent('<video id="video" muted autoplay></video>');
  await page.addScriptTag({path: path.join(source, "tests/browser/node_modules/hls.js/dist/hls.min.js")});
  camera = publisher(server, "cam");
  await server.live("cam");
  const begun = Date.now();
  await page.evaluate((url) => {
    const hls = new Hls();
    window.fatal = [];
    window.hls = hls;
    hls.on(Hls.Events.ERROR, (_, data) => data.fatal && window.fatal.push(data.details));
    hls.loadSource(url);
    hls.attachMedia(document.getElementById("video"));
  }, server.url("/live/cam/index.m3u8"));
  await page.waitForFunction(() => document.getElementById("video").currentTime > 0 || window.fatal.length > 0, null, {timeout: 20_000, polling: 50});
  context.diagnostic(`first frame ${Date.now() - begun} ms after the first playlist`);
  const from = await page.evaluate(() => document.getElementById("video").currentTime);
  await page.waitForFunction((time) => document.getElementById("video").currentTime > time, from + 5, {timeout: 20_000, polling: 50});
  const {latency, target, fatal} = await page.evaluate(() => ({latency: window.hls.latency, target: window.hls.targetLatency, fatal: window.fatal}));
  context.diagnostic(`${latency.toFixed(2)} s behind the edge, target ${target} s`);
  assert.deepEqual(fatal, []);
  assert.equal(target, 1.5);
  assert.ok(latency < 6, `${latency} s behind the edge`);
  assert.deepEqual(complaints, []);
});
