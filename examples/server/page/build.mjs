// Bundles the page: node build.mjs OUTDIR. Everything that the program embeds is a file of OUTDIR, and nothing else is.
import {build} from "esbuild";
import {copyFile, mkdir, rm} from "node:fs/promises";
import path from "node:path";
import {fileURLToPath} from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const out = path.resolve(process.argv[2] ?? path.join(here, "dist"));
await rm(out, {recursive: true, force: true});
await mkdir(out, {recursive: true});
await build({
  absWorkingDir: here,
  entryPoints: {page: "src/main.ts", "page-lookout": "src/lookout-worker.ts"},
  outdir: out,
  bundle: true,
  minify: true,
  target: ["chrome100", "firefox100", "safari15.4"],
  format: "esm",
  legalComments: "eof",
  logLevel: "warning",
});
await build({
  absWorkingDir: here,
  entryPoints: {page: "page.css"},
  outdir: out,
  bundle: true,
  minify: true,
  loader: {".woff2": "file"},
  assetNames: "page-[name]",
  logLevel: "warning",
});
await copyFile(path.join(here, "index.html"), path.join(out, "index.html"));
