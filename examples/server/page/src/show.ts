/** One stream being watched: looks for it, plays it while it is on, and comes back to it. */
import {Backoff} from "./backoff";
import {LatencyMeter} from "./latency";
import type {Lookout} from "./lookout";
import {makePlayer, type Player, type Rungs} from "./player";
import type {State} from "./states";
import {playlistUrl, type StreamName} from "./stream";

export interface ShowEvents {
  state(state: State): void;
  rungs(rungs: Rungs): void;
  latency(ms: number | null): void;
}

type Outcome = "ended" | "network" | "media" | "unsupported" | "left";

// How long the picture may stand before the page says so, how long a playlist may stand before the camera has paused, and how long a
// player may show nothing before it is made anew. In ms.
const starvedAfter = 600;
const pausedAfter = 2_500;
const patience = 4_000;

export class Show {
  private readonly left = new AbortController();
  private readonly waiting = new Backoff(1_200, 4_000);
  private readonly unreachable = new Backoff(1_000, 20_000);
  private player: Player | null = null;
  private held = false;
  private rung: number | null = null;  // the viewer's choice outlives a player
  private wake: () => void = () => {};

  constructor(private readonly stream: StreamName, private readonly video: HTMLVideoElement, private readonly lookout: Lookout,
              private readonly events: ShowEvents) {}

  /** `sighted`: the server has just said that the stream is live, so the first look is saved. */
  async run(sighted = false): Promise<void> {
    this.events.state({kind: "connecting"});
    for (let known = sighted; !this.left.signal.aborted; known = false) {
      const sighting = known ? "live" : await this.lookout.look(this.stream);
      if (this.left.signal.aborted) return;
      if (sighting === "live") {
        const outcome = await this.play();
        if (outcome === "left") return;
        if (outcome === "unsupported") return this.events.state({kind: "unsupported"});
        // Lost to the network: look at once, what is wrong shows then. A picture that will not decode must not be fetched in a loop.
        if (outcome === "network") await this.sleep(this.unreachable.next() / 4);
        if (outcome === "ended") await this.rest({kind: "ended"}, this.waiting);
        if (outcome === "media") await this.rest({kind: "broken"}, this.unreachable);
      } else if (sighting === "ended") {
        await this.rest({kind: "ended"}, this.waiting);
      } else if (sighting === "absent") {
        await this.rest({kind: "waiting", stream: this.stream}, this.waiting);
      } else if (sighting === "refused") {
        await this.rest({kind: "refused", stream: this.stream}, this.unreachable);
      } else {
        await this.rest({kind: "unreachable"}, this.unreachable);
      }
    }
  }

  /** Looks now instead of later. */
  retry(): void {
    this.wake();
  }

  leave(): void {
    this.left.abort();
    this.wake();
  }

  choose(rung: number | null): void {
    this.rung = rung;
    this.player?.choose(rung);
  }

  /** The viewer's own pause; going on means going to the live edge. */
  hold(held: boolean): void {
    this.held = held;
    if (held) {
      this.video.pause();
    } else {
      this.player?.toLiveEdge();
      void this.start();
    }
  }

  private async start(): Promise<void> {
    try {
      await this.video.play();
    } catch (error) {
      if ((error as DOMException).name === "NotAllowedError") this.events.state({kind: "blocked"});
    }
  }

  /** Plays until the stream ends, is lost, or the viewer leaves. */
  private play(): Promise<Outcome> {
    return new Promise((resolve) => {
      const done = new AbortController();
      const {signal} = done;
      let grew = performance.now();
      let moved = performance.now();
      let ending = false;
      const finish = (outcome: Outcome): void => {
        if (signal.aborted) return;
        done.abort();
        clearInterval(watch);
        this.player?.destroy();
        this.player = null;
        this.events.latency(null);
        resolve(outcome);
      };
      this.left.signal.addEventListener("abort", () => finish("left"), {signal});
      this.player = makePlayer(this.video, playlistUrl(this.stream), this.rung, {
        rungs: this.events.rungs,
        grew: () => (grew = performance.now()),
        ended: () => (ending = true),
        // Inside its own event the player is still at work; it is taken down afterwards.
        lost: (loss) => queueMicrotask(() => finish(loss)),
      });
      const meter = new LatencyMeter(() => this.player?.playingDate() ?? null);
      let position = this.video.currentTime;
      const observe = (): void => {
        const now = performance.now();
        if (this.video.currentTime !== position) {
          position = this.video.currentTime;
          moved = now;
        }
        const stood = now - moved;
        if (ending && (this.video.ended || stood > pausedAfter)) return finish("ended");
        if (this.held) {
          moved = now;
          return this.events.state({kind: "held"});
        }
        if (this.video.paused) return;
        if (this.video.readyState < HTMLMediaElement.HAVE_METADATA) {
          if (stood > patience) finish("network");
          return;
        }
        meter.sample();
        this.events.latency(meter.read());
        if (stood < starvedAfter) {
          if (this.video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
          this.waiting.reset();
          this.unreachable.reset();
          return this.events.state({kind: "live"});
        }
        this.events.state({kind: now - grew > pausedAfter ? "paused" : "starved"});
        // The playlist goes on and the picture does not: a fresh player finds the live edge again.
        if (stood > patience && now - grew < pausedAfter) finish("network");
      };
      const watch = setInterval(observe, 250);
      this.video.addEventListener("playing", observe, {signal});
      this.video.addEventListener("ended", observe, {signal});
      if (!this.player) return finish("unsupported");
      void this.start();
    });
  }

  /** Shows `state` until it is time to look again. */
  private async rest(state: State, backoff: Backoff): Promise<void> {
    this.events.state(state);
    await this.sleep(backoff.next());
  }

  private sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.wake(), ms);
      this.wake = () => {
        clearTimeout(timer);
        removeEventListener("online", this.wake);
        this.wake = () => {};
        resolve();
      };
      addEventListener("online", this.wake);
    });
  }
}
