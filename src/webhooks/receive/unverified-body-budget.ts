/** Bytes in hand of one request that nobody has vouched for yet. */
export interface Reservation {
  bytes: number;
  readonly startedAt: number;
  /** Asks its reader to let go of them, as they are in the way of others. It must give them back at once. */
  readonly evict: () => void;
}

/** A body that has been on its way for so long may have to make room; every honest one is here in less. */
const EVICT_AFTER_MS = 1_000;

/**
 * How many unverified bytes are held at once, over all requests. A few senders that never finish must not keep
 * everybody else out: when there is no room, the request that has been at it for longest is let go first.
 */
export class UnverifiedBodyBudget {
  private reservedBytes = 0;
  /** Those that are not whole yet, oldest first. */
  private readonly incomplete = new Set<Reservation>();

  constructor(private readonly maxBytes: number) {}

  /** `now` in milliseconds. Nothing is held yet. */
  open(now: number, evict: () => void): Reservation {
    const holding = { bytes: 0, startedAt: now, evict };
    this.incomplete.add(holding);
    return holding;
  }

  /** It is whole and being verified: its bytes count until {@link release}, and it makes no room for others. */
  complete(holding: Reservation): void {
    this.incomplete.delete(holding);
  }

  /** False when there is no room for as many more, not even at the cost of the slow. */
  reserve(holding: Reservation, bytes: number, now: number): boolean {
    if (!this.hasRoom(bytes, now, holding)) return false;
    this.reservedBytes += bytes;
    holding.bytes += bytes;
    return true;
  }

  /** Whether so many bytes would fit now; what is only announced is not held, or announcing would be an attack. */
  hasRoom(bytes: number, now: number, besides?: Reservation): boolean {
    for (const holding of this.incomplete) {
      if (this.reservedBytes + bytes <= this.maxBytes || now - holding.startedAt < EVICT_AFTER_MS) break;
      if (holding !== besides && holding.bytes > 0) holding.evict();
    }
    return this.reservedBytes + bytes <= this.maxBytes;
  }

  /** Gives its bytes back; once more does nothing. */
  release(holding: Reservation): void {
    this.incomplete.delete(holding);
    this.reservedBytes -= holding.bytes;
    holding.bytes = 0;
  }
}
