// A viewer's minute in a real Chromium: what `./run demo` publishes and serves, through every rung. Leaves the README's pictures in
// build/screenshots. How fast and how smooth it is, is as much the machine's doing: `./run bench page` holds the promise, the test
// only what no machine excuses.
import assert from "node:assert/strict";
import {mkdir, writeFile} from "node:fs/promises";
import path from "node:path";
import {after, before, test} from "node:test";

import {inState, launch, openPage} from "./chromium.mjs";
import {demo, demoService, Server, source} from "./server.mjs";
import {installWatch, watched} from "./watch.mjs";

const shots = path.join(source, "build/screenshots");
const minute = 60_000;
const stay = 5_000;
const figures = process.env.ROSTRUM_FIGURES;  // where the bench wants them
const most = {firstFrame: 5_000, stalled: 1_500, dropped: 0.1};
let browser;
let server;
let picture;

before(async () => {
  await mkdir(shots, {recursive: true});
  server = await Server.start(await demoService());
  browser = await launch();
  picture = demo(server, "demo");
  await server.settled("demo");
  // A viewer's browser has played something before: its processes for sound and picture are running.
  const {page, close} = await openPage(browser);
  await page.goto(server.url("/?stream=live/demo"));
  await inState(page, "live");
  await close();
});

after(async () => {
  await browser?.close();
  await picture?.stop();
  await server?.stop();
});

/** Fixes the rung at that place of the menu, 0 = Auto; what its label then says. */
async function choose(page, place) {
  await page.click("#rung");
  await page.click(`#rungs [role=menuitemradio]:nth-child(${place + 1})`);
  return page.textContent("#rung .label");
}

/** The README's picture: the catch-up of the start over, nothing with the focus. */
async function shoot(page) {
  const settled = () => parseInt(document.getElementById("latency").textContent.replace(/\D/g, ""), 10) < 2_000;
  await page.waitForFunction(settled, null, {timeout: 15_000, polling: 200}).catch(() => {});
  await page.evaluate(() => document.activeElement.blur());
  await page.mouse.move(0, 0);
  await page.screenshot({path: path.join(shots, `page-${page.viewportSize().width}.png`)});
}

test("page: finds the stream by itself and plays a minute through every rung", async (context) => {
  const {page, complaints, close} = await openPage(browser);
  await page.addInitScript(installWatch);
  await page.goto(server.url("/"));
  await inState(page, "live");
  const begun = Date.now();
  assert.equal(await page.textContent("#title"), "live/demo");
  const heights = [];
  const delays = [];
  for (let place = 1; Date.now() - begun < minute; place = place % 3 + 1) {
    const wanted = parseInt(await choose(page, place), 10);
    const asked = Date.now();
    // A rung change shows where a picture can begin: at the latest a keyframe interval and the buffer later.
    await page.waitForFunction((height) => document.getElementById("video").videoHeight === height, wanted, {timeout: 12_000});
    delays.push(Date.now() - asked);
    heights.push(wanted);
    await page.waitForTimeout(stay);
  }
  await choose(page, 0);
  const {firstFrame, stalls, dropped, frames} = await page.evaluate(watched);
  const stalled = stalls.reduce((sum, ms) => sum + ms, 0);
  const latency = parseInt((await page.textContent("#latency")).replace(/\D/g, ""), 10);
  if (figures) await writeFile(figures, JSON.stringify({firstFrame, stalls, dropped, frames, latency, rungChanges: delays}));
  context.diagnostic(`first frame after ${Math.round(firstFrame)} ms, ${stalls.length} stalls, ${dropped} of ${frames} frames dropped`);
  context.diagnostic(`rungs ${heights.join(" ")}, each on screen after ${delays.join(" ")} ms, ${latency} ms behind the camera`);
  await page.waitForFunction(() => document.getElementById("video").videoHeight === 720, null, {timeout: 20_000});
  await shoot(page);
  assert.deepEqual([...new Set(heights)], [720, 480, 360]);
  assert.ok(firstFrame > 0 && firstFrame <= most.firstFrame, `first frame after ${firstFrame} ms`);
  assert.ok(stalled <= most.stalled, `stalled for ${stalls} ms`);
  assert.ok(frames > 20 * 60 && dropped < frames * most.dropped, `${dropped} of ${frames} frames dropped`);
  assert.deepEqual(complaints, []);
  await close();
});

test("page: plays on a phone's screen", async () => {
  const {page, complaints, close} = await openPage(browser, {width: 390, height: 844, deviceScaleFactor: 2, hasTouch: true});
  await page.goto(server.url("/?stream=live/demo"));
  await inState(page, "live");
  await shoot(page);
  await inState(page, "live");
  assert.deepEqual(complaints, []);
  await close();
});
