// The page over TLS and HTTP/2: everything it fetches comes on one connection, and it plays.
import assert from "node:assert/strict";
import {after, before, test} from "node:test";

import {inState, launch, openPage} from "./chromium.mjs";
import {publisher, Server} from "./server.mjs";

let browser;
let server;
let picture;

before(async () => {
  server = await Server.start(undefined, {secure: true});
  browser = await launch();
  picture = publisher(server, "cam");
  await server.settled("cam");
});

after(async () => {
  await browser?.close();
  await picture?.stop();
  await server?.stop();
});

test("http2: the page plays, and every answer came over h2", async (context) => {
  const {page, complaints, close} = await openPage(browser, {ignoreHTTPSErrors: true});
  await page.goto(server.secureUrl("/?stream=live/cam"));
  await inState(page, "live");
  await page.waitForFunction(() => document.getElementById("video").currentTime > 4, null, {timeout: 20_000, polling: 200});
  // The page's own fetches, and those of its worker, which the page cannot see: asked of the server.
  const protocols = await page.evaluate(() => performance.getEntriesByType("resource").concat(performance.getEntriesByType("navigation"))
    .map((entry) => [new URL(entry.name).pathname, entry.nextHopProtocol]));
  context.diagnostic(`${protocols.length} answers seen by the page`);
  assert.ok(protocols.length > 10, `only ${protocols.length} answers`);
  assert.deepEqual(protocols.filter(([, protocol]) => protocol !== "h2"), []);
  const parallel = await page.evaluate(async () => {
    const answers = await Promise.all(Array.from({length: 30}, (_, i) => fetch(`/live/cam/index.m3u8?n=${i}`)));
    return answers.filter((answer) => answer.ok).length;
  });
  assert.equal(parallel, 30);
  const metrics = await (await fetch(server.url("/metrics"))).text();
  const connections = Number(/rostrum_connections\{door="https"\} (\d+)/.exec(metrics)[1]);
  assert.ok(connections <= 2, `${connections} connections for one page`);
  assert.deepEqual(complaints, []);
  await close();
});
