/** Bytes in hand of one request that nobody has vouched for yet. */
export interface Holding {
  bytes: number;
  readonly since: number;
  /** Asks its reader to let go of them, as they are in the way of others. It must give them back at once. */
  readonly letGo: () => void;
}

/** A body that has been on its way for so long may have to make room; every honest one is here in less. */
const PATIENCE_MS = 1_000;

/**
 * How many unverified bytes are held at once, over all requests. A few senders that never finish must not keep
 * everybody else out: when there is no room, the request that has been at it for longest is let go first.
 */
export class UnverifiedBytes {
  private held = 0;
  /** Those that are not whole yet, oldest first. */
  private readonly slow = new Set<Holding>();

  constructor(private readonly limit: number) {}

  /** `now` in milliseconds. Nothing is held yet. */
  begin(now: number, letGo: () => void): Holding {
    const holding = { bytes: 0, since: now, letGo };
    this.slow.add(holding);
    return holding;
  }

  /** It is whole and being verified: its bytes count until {@link end}, and it makes no room for others. */
  keep(holding: Holding): void {
    this.slow.delete(holding);
  }

  /** False when there is no room for as many more, not even at the cost of the slow. */
  take(holding: Holding, bytes: number, now: number): boolean {
    if (!this.hasRoom(bytes, now, holding)) return false;
    this.held += bytes;
    holding.bytes += bytes;
    return true;
  }

  /** Whether so many bytes would fit now; what is only announced is not held, or announcing would be an attack. */
  hasRoom(bytes: number, now: number, besides?: Holding): boolean {
    for (const holding of this.slow) {
      if (this.held + bytes <= this.limit || now - holding.since < PATIENCE_MS) break;
      if (holding !== besides && holding.bytes > 0) holding.letGo();
    }
    return this.held + bytes <= this.limit;
  }

  /** Gives its bytes back; once more does nothing. */
  end(holding: Holding): void {
    this.slow.delete(holding);
    this.held -= holding.bytes;
    holding.bytes = 0;
  }
}
