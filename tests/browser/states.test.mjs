// Every state of the page, at a desk's and at a phone's size: what it says, and that its console stays empty. Leaves a screenshot of each.
import assert from "node:assert/strict";
import {mkdir} from "node:fs/promises";
import path from "node:path";
import {after, before, test} from "node:test";

import {elsewhere, inState, launch, openPage} from "./chromium.mjs";
import {publisher, Server, source} from "./server.mjs";

const shots = path.join(source, "build/screenshots");
const sizes = [{width: 1440, height: 900}, {width: 390, height: 844}];
let browser;
let server;
const started = [];

before(async () => {
  await mkdir(shots, {recursive: true});
  server = await Server.start();
  browser = await launch();
});

after(async () => {
  await browser?.close();
  for (const child of started) await child.stop();
  await server?.stop();
});

function start(child) {
  started.push(child);
  return child;
}

/** A picture of the page once what fades in has come. */
async function shoot(page, name) {
  const {width} = page.viewportSize();
  await page.evaluate(() => Promise.all(document.getAnimations().filter((a) => a.effect.getTiming().iterations === 1).map((a) => a.finished)));
  await page.screenshot({path: path.join(shots, `${name}-${width}.png`)});
}

/** Opens the page at all sizes at once, brings it into a state by `enter`, and takes its picture. `prepare` comes before the
 * page is asked for, `leave` after its picture. */
async function eachSize(name, address, enter, prepare = async () => {}, leave = async () => {}) {
  await Promise.all(sizes.map(async (size) => {
    const {page, complaints, close} = await openPage(browser, size);
    await prepare(page);
    await page.goto(new URL(address, server.url("/")).href);
    await enter(page);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    assert.ok(width <= size.width, `${name}: ${width} px wide at ${size.width}`);
    await shoot(page, name);
    await leave(page);
    assert.deepEqual(complaints, [], `${name} at ${size.width}`);
    await close();
  }));
}

const says = async (page, title) => assert.equal(await page.textContent("#notice-title"), title);

test("page: without a stream it says that the room is empty, and shows the first one to come", async () => {
  await eachSize("empty", "/", async (page) => {
    await inState(page, "empty");
    await says(page, "The room is empty");
  });
  const {page, complaints, close} = await openPage(browser);
  await page.goto(server.url("/"));
  await inState(page, "empty");
  const source = start(publisher(server, "first"));
  await inState(page, "live", 20_000);
  assert.equal(await page.textContent("#title"), "live/first");
  assert.deepEqual(complaints, []);
  await close();
  await source.stop();
  await server.end("first");
});

test("page: a stream that is not there yet is waited for, and played when it starts", async () => {
  await eachSize("waiting", "/?stream=live/cam", async (page) => {
    await inState(page, "waiting");
    await says(page, "Doors open soon");
  });
});

test("page: live, with a latency read-out, and the rungs in a menu", async () => {
  start(publisher(server, "demo"));
  await server.live("demo");
  await eachSize("live", "/?stream=live/demo", async (page) => {
    await inState(page, "live");
    await page.waitForFunction(() => /^\d/.test(document.getElementById("latency").textContent));
    await page.waitForTimeout(600);
  });
  await eachSize("rungs", "/?stream=live/demo", async (page) => {
    await inState(page, "live");
    await page.click("#rung");
    await page.waitForSelector("#rungs [role=menuitemradio]:nth-child(4)");
    assert.deepEqual(await page.locator("#rungs [role=menuitemradio] span:first-child").allTextContents(), ["Auto", "360p", "240p", "144p"]);
  });
});

test("page: all of it works by keyboard", async () => {
  const {page, complaints, close} = await openPage(browser);
  await page.goto(server.url("/?stream=live/demo"));
  await inState(page, "live");
  await page.waitForSelector("#rung:not([hidden])");
  const order = [];
  for (let i = 0; i < 6; i += 1) {
    await page.keyboard.press("Tab");
    order.push(await page.evaluate(() => document.activeElement.id || document.activeElement.textContent));
    const ring = await page.evaluate(() => { const s = getComputedStyle(document.activeElement); return s.outlineStyle !== "none" || parseFloat(s.borderBottomWidth) >= 2; });
    assert.ok(ring, `${order.at(-1)} shows that it has the focus`);
  }
  assert.deepEqual(order, ["stream", "Watch", "hold", "sound", "rung", "full"]);
  await page.focus("#sound");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.getElementById("video").muted), false);
  await page.keyboard.press("m");
  assert.equal(await page.evaluate(() => document.getElementById("video").muted), true);
  await page.focus("#rung");
  await page.keyboard.press("ArrowUp");
  assert.equal(await page.evaluate(() => document.activeElement.getAttribute("aria-checked")), "true");
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "rung");
  assert.equal(await page.textContent("#rung .label"), "144p");
  await page.waitForFunction(() => document.getElementById("video").videoHeight === 144, null, {timeout: 15_000});
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Escape");
  assert.equal(await page.getAttribute("#rung", "aria-expanded"), "false");
  await page.keyboard.press("k");
  await inState(page, "held");
  await shoot(page, "held");
  await page.keyboard.press("k");
  await inState(page, "live");
  await page.focus("#stream");
  await page.keyboard.press("Control+A");
  await page.keyboard.type("nonsense");
  await page.keyboard.press("Enter");
  assert.equal(await page.getAttribute("#stream", "aria-invalid"), "true");
  assert.deepEqual(complaints, []);
  await close();
});

test("page: from another machine, which may not ask for the list, it wants a name", async () => {
  await eachSize("choose", `http://${elsewhere}:${server.http}/`, async (page) => {
    await inState(page, "choose");
    await says(page, "Which stream?");
  });
});

test("page: a server that is slow to answer is seen to be asked", async () => {
  await eachSize("connecting", "/?stream=live/demo", async (page) => {
    await inState(page, "connecting");
    await page.waitForTimeout(600);
    await inState(page, "connecting");
  }, (page) => page.route("**/index.m3u8*", () => {}));
});

test("page: a viewer who is not admitted is told whom to ask", async () => {
  await eachSize("refused", "/?stream=live/demo", async (page) => {
    await inState(page, "refused");
    await says(page, "This stream needs an invitation");
  }, (page) => page.route("**/index.m3u8*", (route) => route.fulfill({status: 403, contentType: "application/problem+json", body: "{}"})));
});

test("page: a picture that cannot be decoded is said to be so, and not asked for in a loop", async () => {
  let asked = 0;
  await eachSize("broken", "/?stream=live/demo", async (page) => {
    await inState(page, "broken", 20_000);
    await says(page, "The picture could not be decoded");
  }, (page) => page.route(/\.m4s/, async (route) => {
    asked += 1;
    const response = await route.fetch().catch(() => null);
    const body = await response?.body();
    // The boxes stay whole, the samples are noise.
    body?.fill(0x5a, body.indexOf("mdat") + 4);
    return body ? route.fulfill({response, body}).catch(() => {}) : route.abort().catch(() => {});
  }));
  assert.ok(asked < 200, `${asked} parts were asked for`);
});

test("page: parts that do not come are waited for, and played when they come", async () => {
  await eachSize("starved", "/?stream=live/demo", async (page) => {
    await inState(page, "live");
    await page.route(/\.m4s/, () => {});
    await inState(page, "starved");
    // What was on its way when the parts stopped has been played then.
    await page.waitForTimeout(1_500);
    await inState(page, "starved");
  }, undefined, async (page) => {
    await page.unrouteAll({behavior: "ignoreErrors"});
    await inState(page, "live", 25_000);
  });
});

test("page: a browser that refuses to play by itself gets a button that plays", async () => {
  const {page, complaints, close} = await openPage(browser);
  await page.addInitScript(() => {
    const play = HTMLMediaElement.prototype.play;
    // Not navigator.userActivation: what a test evaluates in the page counts as a gesture there.
    let clicked = false;
    addEventListener("click", () => (clicked = true), {capture: true});
    HTMLMediaElement.prototype.play = function () {
      return clicked ? play.call(this) : Promise.reject(new DOMException("no gesture", "NotAllowedError"));
    };
  });
  await page.goto(server.url("/?stream=live/demo"));
  await inState(page, "blocked");
  await shoot(page, "blocked");
  await page.click("#notice-action");
  await inState(page, "live");
  assert.deepEqual(complaints, []);
  await close();
});

test("page: a browser that cannot play is told which can", async () => {
  for (const size of sizes) {
    const {page, complaints, close} = await openPage(browser, size);
    await page.addInitScript(() => {
      delete window.MediaSource;
      delete window.ManagedMediaSource;
      delete window.WebKitMediaSource;
      HTMLMediaElement.prototype.canPlayType = () => "";
    });
    await page.goto(server.url("/?stream=live/demo"));
    await inState(page, "unsupported");
    await shoot(page, "unsupported");
    assert.deepEqual(complaints, []);
    await close();
  }
});

test("page: a publisher that goes and comes back finds the viewers where they were; a stream that ends says so", async () => {
  const pages = [];
  for (const size of sizes) pages.push(await openPage(browser, size));
  const all = (f) => Promise.all(pages.map(f));
  const picture = (name) => all(({page}) => shoot(page, name));
  const first = start(publisher(server, "cam"));
  await server.live("cam");
  await all(async ({page}) => {
    await page.goto(server.url("/?stream=live/cam"));
    await inState(page, "live");
  });
  await first.stop("SIGKILL");
  await all(({page}) => inState(page, "paused", 20_000));
  await picture("paused");
  const second = start(publisher(server, "cam"));
  await all(({page}) => inState(page, "live", 20_000));
  await server.end("cam");
  await all(({page}) => inState(page, "ended", 20_000));
  await picture("ended");
  await second.stop();
  for (const {complaints, close} of pages) {
    assert.deepEqual(complaints, []);
    await close();
  }
});

test("page: a server that goes away is asked for until it is back", async () => {
  const pages = [];
  for (const size of sizes) {
    const opened = await openPage(browser, size);
    await opened.page.goto(server.url("/?stream=live/later"));
    await inState(opened.page, "waiting");
    pages.push(opened);
  }
  await server.down();
  for (const {page} of pages) {
    await inState(page, "unreachable");
    await shoot(page, "unreachable");
  }
  await server.up();
  for (const {page, complaints, close} of pages) {
    await inState(page, "waiting", 30_000);
    assert.deepEqual(complaints, []);
    await close();
  }
});
