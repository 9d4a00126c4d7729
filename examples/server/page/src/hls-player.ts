import Hls, {type ErrorData, type LevelDetails} from "hls.js";

import type {Player, PlayerEvents} from "./player";

const playlists = Hls.DefaultConfig.playlistLoadPolicy.default;

/** hls.js at the live edge. Network trouble is handed on at its first sign: when to ask again is the page's to say. */
export class HlsPlayer implements Player {
  private readonly hls: Hls;
  private edge = -1;
  private recovered = -Infinity;
  private wanted: number | null;
  private readonly listening = new AbortController();

  static supported(): boolean {
    return Hls.isSupported();
  }

  constructor(private readonly video: HTMLVideoElement, url: string, rung: number | null, private readonly events: PlayerEvents) {
    this.wanted = rung;
    this.hls = new Hls({
      lowLatencyMode: true,
      maxLiveSyncPlaybackRate: 1.5,
      // A stall moves the target back this many seconds for good; hls.js's own step of 1 s is more than a whole hold-back here.
      liveSyncOnStallIncrease: 0.2,
      liveDurationInfinity: true,
      startFragPrefetch: true,
      // hls.js takes a playlist without a whole segment for an empty one, however many parts it lists: a stream that has just begun is
      // asked again until its first segment, a short one, is whole.
      playlistLoadPolicy: {default: {...playlists, errorRetry: {maxNumRetry: 30, retryDelayMs: 400, maxRetryDelayMs: 400}}},
      // A trial download of the lowest rung would delay the first frame; the estimate is corrected by the first parts.
      testBandwidth: false,
      abrEwmaDefaultEstimate: 5_000_000,
      capLevelToPlayerSize: true,
      backBufferLength: 8,
      maxBufferLength: 12,
      // CMAF is passed through as it is: nothing is left that a worker would take off the page's thread.
      enableWorker: false,
    });
    this.hls.on(Hls.Events.MANIFEST_PARSED, () => this.keepRung());
    this.hls.on(Hls.Events.LEVEL_SWITCHED, () => this.tellRungs());
    this.hls.on(Hls.Events.LEVEL_UPDATED, (_, {details}) => this.updated(details));
    this.hls.on(Hls.Events.ERROR, (_, data) => this.failed(data));
    video.addEventListener("playing", () => this.align(), {once: true, signal: this.listening.signal});
    this.hls.loadSource(url);
    this.hls.attachMedia(video);
  }

  playingDate(): Date | null {
    return this.hls.playingDate;
  }

  choose(rung: number | null): void {
    this.wanted = rung;
    this.hls.loadLevel = rung ?? -1;
    this.tellRungs();
  }

  toLiveEdge(): void {
    const at = this.hls.liveSyncPosition;
    if (at !== null && this.hls.media) this.hls.media.currentTime = at;
  }

  destroy(): void {
    this.listening.abort();
    this.hls.destroy();
  }

  /**
   * What the first frame took has put it behind its place, and hls.js catches up only while more than 1 s is buffered, which short
   * parts never are. One step at the start, over what is buffered already, makes good for it.
   */
  private align(): void {
    const {liveSyncPosition: at, latency, targetLatency} = this.hls;
    const {buffered, currentTime} = this.video;
    const end = buffered.length > 0 ? buffered.end(buffered.length - 1) : 0;
    if (at !== null && targetLatency !== null && latency > targetLatency + 0.1 && at > currentTime && at < end - 0.1) this.video.currentTime = at;
  }

  /** hls.js leaves a fixed rung for another one over a gap in its playlist, and does not come back by itself. */
  private keepRung(): void {
    if (this.wanted !== null && this.wanted < this.hls.levels.length && this.hls.autoLevelEnabled) this.hls.loadLevel = this.wanted;
    this.tellRungs();
  }

  private tellRungs(): void {
    this.events.rungs({
      all: this.hls.levels.map((level, id) => ({id, height: level.height, bitrate: level.maxBitrate})),
      fixed: this.wanted,
      playing: this.hls.currentLevel < 0 ? null : this.hls.currentLevel,
    });
  }

  private updated(details: LevelDetails): void {
    if (!details.live) this.events.ended();
    // `edge` is on the media clock, which a rung change does not move.
    if (details.edge > this.edge) {
      this.edge = details.edge;
      this.events.grew();
      if (this.video.readyState >= HTMLMediaElement.HAVE_FUTURE_DATA && this.hls.autoLevelEnabled) this.keepRung();
    }
  }

  private failed(data: ErrorData): void {
    const network = data.type === Hls.ErrorTypes.NETWORK_ERROR;
    if (network && (data.fatal || data.response?.code === 0)) {
      this.events.lost("network");
    } else if (data.fatal && data.type === Hls.ErrorTypes.MEDIA_ERROR && performance.now() - this.recovered > 10_000) {
      this.recovered = performance.now();
      this.hls.recoverMediaError();
    } else if (data.fatal) {
      this.events.lost("media");
    }
  }
}
