/**
 * How far the picture is behind: now, by this device's clock, less the wall-clock time that the server gave the picture
 * (PROGRAM-DATE-TIME, when it reached the server). In ms.
 */
export class LatencyMeter {
  private readonly samples: number[] = [];

  constructor(private readonly playingDate: () => Date | null, private readonly now: () => number = Date.now) {}

  /** One reading, kept for the median of the last second; call it four times a second. */
  sample(): void {
    const date = this.playingDate();
    if (!date) {
      this.samples.length = 0;
      return;
    }
    this.samples.push(this.now() - date.getTime());
    if (this.samples.length > 4) this.samples.shift();
  }

  /** The median; null while unknown. */
  read(): number | null {
    if (this.samples.length === 0) return null;
    return [...this.samples].sort((a, b) => a - b)[this.samples.length >> 1] ?? null;
  }
}

/** "1,480 ms"; "clocks differ" where this device's clock is ahead or behind so far that the figure would be a lie. */
export function latencyText(ms: number | null): string {
  if (ms === null) return "–";
  if (ms < 0 || ms > 3_600_000) return "clocks differ";
  return `${Math.round(ms / 10) * 10}`.replace(/\B(?=(\d{3})+$)/g, "\u202f") + " ms";
}
