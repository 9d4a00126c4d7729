/** Growing waits with jitter, so that a thousand pages do not come back to a restarted server in one blow. Times in ms. */
export class Backoff {
  private tries = 0;

  constructor(private readonly first: number, private readonly most: number, private readonly random: () => number = Math.random) {}

  /** The next wait: between half and all of min(most, first * 1.7^tries). */
  next(): number {
    const ceiling = Math.min(this.most, this.first * 1.7 ** this.tries);
    if (ceiling < this.most) this.tries += 1;
    return ceiling * (0.5 + this.random() / 2);
  }

  reset(): void {
    this.tries = 0;
  }
}
