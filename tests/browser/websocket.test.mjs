// WebSockets as a browser has them: its handshake, its frames, its idea of closing, and pages of other origins.
import assert from "node:assert/strict";
import {once} from "node:events";
import {mkdtemp, rm} from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import {after, before, test} from "node:test";

import {Child} from "./child.mjs";
import {elsewhere, launch, openPage} from "./chromium.mjs";
import {makeCertificate, source} from "./server.mjs";

const program = path.join(process.env.ROSTRUM_BUILD ?? path.join(source, "build/release"), "tests/websocket_server");
let server;
let address;
let browser;
let page;

before(async () => {
  server = new Child(program, [], {stdio: ["pipe", "pipe", "pipe"]});
  await once(server.process.stdout, "data");
  address = server.output.trim();
  browser = await launch();
  ({page} = await openPage(browser));
  await page.goto(`http://${address}/`);
});

after(async () => {
  await browser?.close();
  await server?.stop();
});

/** Opens a socket in the page, sends each message once the one before has come back, then closes. */
function converse(messages, {url = `ws://${address}/echo`, protocols = [], code = 1000, from = page} = {}) {
  return from.evaluate(([url, protocols, messages, code]) => new Promise((resolve) => {
    const socket = new WebSocket(url, protocols);
    const got = [];
    socket.binaryType = "arraybuffer";
    const go = () => (got.length < messages.length ? socket.send(messages[got.length].bytes ? new Uint8Array(messages[got.length].bytes) : messages[got.length])
                                                   : socket.close(code, "done"));
    socket.onopen = go;
    socket.onmessage = ({data}) => { got.push(typeof data === "string" ? data : {bytes: [...new Uint8Array(data)]}); go(); };
    socket.onclose = ({code, wasClean}) => resolve({got, code, wasClean, protocol: socket.protocol, extensions: socket.extensions});
  }), [url, protocols, messages, code]);
}

test("text and binary messages come back as they were, and the close is clean", async () => {
  const messages = ["", "a bid of 1 250 \u20ac \u{1f3c7}", "x".repeat(200_000), {bytes: []}, {bytes: [0, 255, 128, 1]}];
  const said = await converse(messages, {protocols: ["other", "echo"]});
  assert.deepEqual(said, {got: messages, code: 1000, wasClean: true, protocol: "echo", extensions: ""});
});

test("a page that came over h2 has a socket over TLS at the same door", async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), "rostrum-browser-"));
  const secure = new Child(program, ["0", "1", ...await makeCertificate(folder)], {stdio: ["pipe", "pipe", "pipe"]});
  try {
    await once(secure.process.stdout, "data");
    const door = secure.output.trim();
    const {page: from, close} = await openPage(browser, {ignoreHTTPSErrors: true});
    await from.goto(`https://${door}/`);
    assert.equal(await from.evaluate(() => performance.getEntriesByType("navigation")[0].nextHopProtocol), "h2");
    const messages = ["a bid", "x".repeat(200_000), {bytes: [0, 255]}];
    const said = await converse(messages, {url: `wss://${door}/echo`, from});
    assert.deepEqual(said, {got: messages, code: 1000, wasClean: true, protocol: "", extensions: ""});
    await close();
  } finally {
    await secure.stop();
    await rm(folder, {recursive: true, force: true});
  }
});

test("an application's close code comes back", async () => {
  assert.equal((await converse([], {code: 4321})).code, 4321);
});

test("all members of a broadcast get it", async () => {
  const got = await page.evaluate(async (url) => {
    const sockets = await Promise.all(Array.from({length: 20}, () => new Promise((resolve) => {
      const socket = new WebSocket(url);
      socket.onopen = () => resolve(socket);
    })));
    const answers = Promise.all(sockets.map((socket) => new Promise((resolve) => { socket.onmessage = ({data}) => resolve(data); })));
    sockets[0].send("going once");
    const all = await answers;
    for (const socket of sockets) socket.close();
    return all;
  }, `ws://${address}/broadcast`);
  assert.deepEqual(got, Array(20).fill("going once"));
});

test("a page of another origin gets no socket", async () => {
  const {page: foreign, close} = await openPage(browser);
  await foreign.goto(`http://${elsewhere}:${address.split(":")[1]}/`);
  const code = await foreign.evaluate((url) => new Promise((resolve) => { new WebSocket(url).onclose = ({code}) => resolve(code); }), `ws://${address}/echo`);
  assert.equal(code, 1006);
  await close();
});

test("a server that stops says that it goes away", async () => {
  const ended = page.evaluate((url) => new Promise((resolve) => {
    const socket = new WebSocket(url);
    socket.onopen = () => socket.send("open");
    socket.onmessage = () => console.log("open");
    socket.onclose = ({code, wasClean}) => resolve({code, wasClean});
  }), `ws://${address}/echo`);
  await page.waitForEvent("console", (message) => message.text() === "open");
  server.process.stdin.end();
  assert.deepEqual(await ended, {code: 1001, wasClean: true});
});
