/** One stream on one video element, whichever engine the browser has for it. */
import {HlsPlayer} from "./hls-player";
import {NativePlayer} from "./native-player";

export interface Rung {
  /** The engine's own number of it. */
  id: number;
  height: number;
  /** Bits a second. */
  bitrate: number;
}

export interface Rungs {
  all: readonly Rung[];
  /** The rung that the viewer fixed; null = the player chooses. */
  fixed: number | null;
  /** The rung on screen. */
  playing: number | null;
}

/** Why a player gave up. `network`: an answer that is an error, or none; `media`: what came could not be decoded. */
export type Loss = "network" | "media";

export interface PlayerEvents {
  rungs(rungs: Rungs): void;
  /** The playlist grew. */
  grew(): void;
  ended(): void;
  lost(loss: Loss): void;
}

export interface Player {
  /** The wall-clock time of the picture on screen. */
  playingDate(): Date | null;
  choose(rung: number | null): void;
  /** Goes to the live edge, less the hold-back. */
  toLiveEdge(): void;
  destroy(): void;
}

/** `rung`: the one to begin with and to keep, null = the player chooses. Null where the browser has neither Media Source Extensions nor
 * HLS of its own. */
export function makePlayer(video: HTMLVideoElement, url: string, rung: number | null, events: PlayerEvents): Player | null {
  if (HlsPlayer.supported()) return new HlsPlayer(video, url, rung, events);
  if (NativePlayer.supported(video)) return new NativePlayer(video, url, events);
  return null;
}
