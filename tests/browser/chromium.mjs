// Debian's Chromium without a screen, and a page whose every console line is kept.
import {chromium} from "playwright-core";

const program = process.env.CHROMIUM ?? "/usr/bin/chromium";

/** A name of this machine that does not say so: a page from there is to its browser one of another machine. */
export const elsewhere = "rostrum.test";

export async function launch() {
  return chromium.launch({
    executablePath: program,
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update",
           "--disable-sync", "--autoplay-policy=no-user-gesture-required", "--disable-background-media-suspend",
           `--host-resolver-rules=MAP ${elsewhere} 127.0.0.1`],
  });
}

/** A page of that size. `complaints` holds what its console or an uncaught error said. */
export async function openPage(browser, {width = 1440, height = 900, ...options} = {}) {
  const context = await browser.newContext({viewport: {width, height}, ...options});
  const page = await context.newPage();
  const complaints = [];
  page.on("console", (message) => complaints.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => complaints.push(`uncaught: ${error.message}`));
  return {page, complaints, close: () => context.close()};
}

/** Resolves when the page says that it is in `state`. */
export function inState(page, state, timeout = 15_000) {
  return page.waitForFunction((wanted) => document.body.dataset.state === wanted, state, {timeout, polling: 50});
}
