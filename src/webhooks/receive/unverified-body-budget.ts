/** The bytes of one request that count against the budget. */
export interface Reservation {
  bytes: number;
  /** In milliseconds. */
  readonly startedAt: number;
  /** Ends the request because others need its room. It must release its bytes before it returns. */
  readonly evict: () => void;
}

/** A body that is still incomplete after this time may be evicted. Honest senders take less. */
const EVICT_AFTER_MS = 1_000;

/**
 * Bounds the bytes of unverified bodies in memory, over all requests. Senders that never finish must not keep others
 * out: when there is no room, the oldest incomplete requests are evicted first.
 */
export class UnverifiedBodyBudget {
  private reservedBytes = 0;
  /** Requests whose body is incomplete, oldest first. */
  private readonly incomplete = new Set<Reservation>();

  constructor(private readonly maxBytes: number) {}

  /** Begins a request, with no bytes yet. `now` is a time in milliseconds, here and below. */
  open(now: number, evict: () => void): Reservation {
    const reservation = { bytes: 0, startedAt: now, evict };
    this.incomplete.add(reservation);
    return reservation;
  }

  /** The body is complete and will be verified. Its bytes count until {@link release}, and it is not evicted. */
  complete(reservation: Reservation): void {
    this.incomplete.delete(reservation);
  }

  /** Adds so many bytes to the request. False when they do not fit, even after evictions: nothing is added then. */
  reserve(reservation: Reservation, bytes: number, now: number): boolean {
    if (!this.hasRoom(bytes, now, reservation)) return false;
    this.reservedBytes += bytes;
    reservation.bytes += bytes;
    return true;
  }

  /**
   * Whether so many bytes fit now; evicts incomplete requests except `besides` to make room. Nothing is reserved: if an
   * announced length were, announcing lengths would be an attack.
   */
  hasRoom(bytes: number, now: number, besides?: Reservation): boolean {
    for (const reservation of this.incomplete) {
      const isYoung = now - reservation.startedAt < EVICT_AFTER_MS;
      if (this.reservedBytes + bytes <= this.maxBytes || isYoung) break;
      if (reservation !== besides && reservation.bytes > 0) reservation.evict();
    }
    return this.reservedBytes + bytes <= this.maxBytes;
  }

  /** Gives the bytes of the request back. A second call does nothing. */
  release(reservation: Reservation): void {
    this.incomplete.delete(reservation);
    this.reservedBytes -= reservation.bytes;
    reservation.bytes = 0;
  }
}
