// `rostrum serve` on free ports of loopback, and publishers for it.
import {execFile} from "node:child_process";
import {mkdtemp, readFile, rm, writeFile} from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import {fileURLToPath} from "node:url";
import {promisify} from "node:util";

import {Child} from "./child.mjs";

export const source = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
const program = process.env.ROSTRUM ?? path.join(source, "build/rostrum");

/** A service with one stream template. Its ports are the demo's until a server takes free ones. */
const service = (streams) => `rostrum: 1
listen:
  http: {bind: "127.0.0.1:8080"}
  rtmp: {bind: "127.0.0.1:1935"}
streams:
  "live/{name}":${streams}`;

/** What `./run demo` serves. */
export const demoService = () => readFile(path.join(source, "examples/server/rostrum.yaml"), "utf8");

/** Light on the processor: the source's own rendition and two small rungs. */
export const smallLadder = service(`
    in:      {kind: publisher, linger: 20s}
    picture: {kind: decode, from: in.video}
    ladder:
      kind: ladder
      from: picture
      codec: h264
      keyframes: 2s
      preset: ultrafast
      rungs:
        - {name: 240p, height: 240, bitrate: 400k}
        - {name: 144p, height: 144, bitrate: 200k}
    aac:     {kind: encode, from: in.audio, codec: aac, bitrate: 128k}
    hls:     {kind: llhls, from: [in.video, ladder, aac], part: 500ms, segment: 2s, window: 8}
`);

export const passthrough = (part) => service(`
    in:  {kind: publisher, linger: 10s}
    hls: {kind: llhls, from: [in.video, in.audio], part: ${part}, segment: 6s, window: 3}
`);

async function freePort() {
  const server = net.createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const {port} = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A certificate of its own making for 127.0.0.1, and its key: the two files. */
export async function makeCertificate(folder) {
  const [certificate, key] = ["cert.pem", "key.pem"].map((file) => path.join(folder, file));
  await promisify(execFile)("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "30",
    "-subj", "/CN=rostrum", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", certificate]);
  return [certificate, key];
}

export class Server {
  /** Ready when it resolves. `secure`: an https door too, with a certificate of its own making. */
  static async start(text = smallLadder, {secure = false} = {}) {
    const server = new Server();
    server.folder = await mkdtemp(path.join(os.tmpdir(), "rostrum-browser-"));
    server.config = path.join(server.folder, "rostrum.yaml");
    [server.http, server.rtmp] = [await freePort(), await freePort()];
    if (secure) {
      server.https = await freePort();
      const [certificate, key] = await makeCertificate(server.folder);
      text = text.replace("listen:\n", `listen:\n  https: {bind: "127.0.0.1:${server.https}", certificate: "${certificate}", key: "${key}"}\n`);
    }
    await writeFile(server.config, text.replace(":8080", `:${server.http}`).replace(":1935", `:${server.rtmp}`));
    await server.up();
    return server;
  }

  async up() {
    this.child = new Child(program, ["serve", this.config]);
    for (let end = Date.now() + 15_000; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
      const answer = await fetch(this.url("/readyz")).catch(() => null);
      if (answer?.ok) return;
      if (!this.child.running || Date.now() > end) throw new Error(`rostrum is not ready:\n${this.child.output}`);
    }
  }

  /** As if its machine went away. */
  down() {
    return this.child.stop("SIGKILL");
  }

  async stop() {
    await this.child.stop();
    await rm(this.folder, {recursive: true, force: true});
  }

  url(target) {
    return `http://127.0.0.1:${this.http}${target}`;
  }

  secureUrl(target) {
    return `https://127.0.0.1:${this.https}${target}`;
  }

  publishUrl(name) {
    return `rtmp://127.0.0.1:${this.rtmp}/live/${name}`;
  }

  /** Ends the stream, ENDLIST and all. */
  end(name) {
    return fetch(this.url(`/v1/streams/live/${name}`), {method: "DELETE"});
  }

  /** Resolves when the stream is on offer. */
  async live(name) {
    await this.playlist(`/live/${name}/index.m3u8`, () => true);
  }

  /** Resolves when its first segment is whole: hls.js 1.7 begins with a whole one, however many parts there are. */
  async settled(name) {
    const multivariant = await this.playlist(`/live/${name}/index.m3u8`, () => true);
    const uri = multivariant.split("\n").find((line) => line !== "" && !line.startsWith("#"));
    await this.playlist(`/live/${name}/${uri}`, (text) => text.includes("#EXTINF"));
  }

  /** The text of a playlist once there is one that is `enough`. */
  async playlist(target, enough, seconds = 20) {
    for (let end = Date.now() + seconds * 1000; ; await new Promise((resolve) => setTimeout(resolve, 50))) {
      const answer = await fetch(this.url(target));
      const text = await answer.text();
      if (answer.ok && enough(text)) return text;
      if (Date.now() > end) throw new Error(`${target} is not there after ${seconds} s:\n${this.child.output}`);
    }
  }
}

/** A moving picture with a tone, 640x360 at 30 frames a second, a keyframe every 2 s. */
export function publisher(server, name) {
  return new Child("ffmpeg", ["-hide_banner", "-nostdin", "-loglevel", "warning",
    "-re", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=30", "-re", "-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000",
    "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-b:v", "1200k", "-maxrate", "1200k", "-bufsize", "600k", "-g", "60",
    "-pix_fmt", "yuv420p", "-c:a", "aac", "-ac", "2", "-f", "flv", server.publishUrl(name)]);
}

/** The demo's own test picture. */
export function demo(server, name) {
  return new Child(path.join(source, "examples/server/demo/publish"), [server.publishUrl(name)]);
}
