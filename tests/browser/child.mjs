// A program that a test starts and ends.
import {spawn} from "node:child_process";
import {once} from "node:events";

export class Child {
  constructor(command, args, options = {}) {
    this.name = command;
    this.output = "";
    this.process = spawn(command, args, {stdio: ["ignore", "pipe", "pipe"], ...options});
    this.process.on("error", (error) => (this.output += error.message));
    for (const pipe of [this.process.stdout, this.process.stderr]) pipe?.on("data", (text) => (this.output = (this.output + text).slice(-20_000)));
    this.gone = once(this.process, "exit");
  }

  get running() {
    return this.process.exitCode === null && this.process.signalCode === null;
  }

  /** Ends it; after 8 s by force. SIGKILL: without a goodbye. */
  async stop(signal = "SIGTERM") {
    if (!this.running) return;
    this.process.kill(signal);
    const force = setTimeout(() => this.process.kill("SIGKILL"), 8_000);
    await this.gone;
    clearTimeout(force);
  }
}
