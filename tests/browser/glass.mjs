// Glass to glass in Chromium: node glass.mjs PART SECONDS, for instance 500ms 20. Prints one line of JSON, times in ms.
import {spawn} from "node:child_process";
import path from "node:path";

import {Child} from "./child.mjs";
import {inState, launch, openPage} from "./chromium.mjs";
import {passthrough, Server, source} from "./server.mjs";
import {installStampReader} from "./stamp.mjs";
import {installWatch, watched} from "./watch.mjs";

const [part = "500ms", seconds = "20"] = process.argv.slice(2);
const settle = 8_000;

const server = await Server.start(passthrough(part));
const generator = spawn(path.join(source, "tests/tools/stampgen.py"), ["640", "360", "30"], {stdio: ["ignore", "pipe", "inherit"]});
const camera = new Child("ffmpeg", ["-hide_banner", "-nostdin", "-loglevel", "warning", "-fflags", "nobuffer", "-probesize", "32", "-analyzeduration", "0",
  "-f", "rawvideo", "-pix_fmt", "yuv420p", "-video_size", "640x360", "-framerate", "30", "-i", "pipe:0",
  "-c:v", "libx264", "-preset", "ultrafast", "-tune", "zerolatency", "-g", "60", "-b:v", "1500k", "-flush_packets", "1", "-f", "flv", server.publishUrl("cam")],
  {stdio: [generator.stdout, "pipe", "pipe"]});
const browser = await launch();
try {
  await server.settled("cam");
  const {page} = await openPage(browser);
  await page.addInitScript(installWatch);
  await page.goto(server.url("/?stream=live/cam"));
  await inState(page, "live");
  await page.waitForTimeout(settle);
  await page.evaluate(installStampReader);
  const before = await page.evaluate(watched);
  await page.waitForTimeout(Number(seconds) * 1000);
  const samples = await page.evaluate(() => window.stamps);
  const {stalls, firstFrame} = await page.evaluate(watched);
  if (samples.length < Number(seconds) * 15) throw new Error(`only ${samples.length} frames carried a whole stamp`);
  const sorted = samples.map(({glass}) => glass).sort((a, b) => a - b);
  const at = (share) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]);
  const said = samples.map(({said, glass}) => parseInt(said.replace(/\D/g, ""), 10) - glass).filter(Number.isFinite).sort((a, b) => a - b);
  console.log(JSON.stringify({part, frames: sorted.length, p50: at(0.5), p95: at(0.95), max: Math.round(sorted.at(-1)),
    said_less_true: Math.round(said[said.length >> 1] ?? NaN), stalls: stalls.length - before.stalls.length, first_frame: Math.round(firstFrame)}));
} finally {
  await browser.close();
  await camera.stop();
  generator.kill();
  await server.stop();
}
