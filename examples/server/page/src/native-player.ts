import type {Player, PlayerEvents} from "./player";

/** Safari's own HLS: it chooses rungs and keeps to the live edge by itself, and tells the date of what it plays. */
export class NativePlayer implements Player {
  private readonly listening = new AbortController();

  static supported(video: HTMLVideoElement): boolean {
    return video.canPlayType("application/vnd.apple.mpegurl") !== "";
  }

  constructor(private readonly video: HTMLVideoElement, url: string, events: PlayerEvents) {
    const {signal} = this.listening;
    video.addEventListener("progress", () => events.grew(), {signal});
    video.addEventListener("ended", () => events.ended(), {signal});
    video.addEventListener("error", () => events.lost(video.error?.code === MediaError.MEDIA_ERR_DECODE ? "media" : "network"), {signal});
    video.src = url;
  }

  playingDate(): Date | null {
    const start = (this.video as HTMLVideoElement & {getStartDate?: () => Date}).getStartDate?.().getTime();
    return start === undefined || Number.isNaN(start) ? null : new Date(start + this.video.currentTime * 1000);
  }

  choose(): void {}

  toLiveEdge(): void {
    const {seekable} = this.video;
    if (seekable.length > 0) this.video.currentTime = seekable.end(seekable.length - 1);
  }

  destroy(): void {
    this.listening.abort();
    this.video.removeAttribute("src");
    this.video.load();
  }
}
