import type { EventLog, LoggedEvent } from '../../feature.js';
import { readKept } from '../read-kept.js';

/** Events of one read of the log. */
const EVENTS_PER_PAGE = 200;
/** Events that are kept of earlier reads: about 10 MB. */
const MAX_EVENTS_KEPT = 4_000;

/** What follows a place in the log, in its order, up to `end`. */
export interface LogPart {
  readonly events: readonly LoggedEvent[];
  /** The position to go on behind. */
  readonly end: string;
}

/** All events behind `after` up to `end`. */
interface LogPage {
  readonly after: number;
  readonly end: number;
  readonly events: readonly LoggedEvent[];
}

/**
 * What was read of the log last. Subscribers at about the same place share one read, whatever each of them wants: pages
 * hold every event, because a read that leaves events out costs the database as much.
 */
export class LogPages {
  /** The one that was used last is the last one. */
  private pages: LogPage[] = [];

  constructor(private readonly log: EventLog) {}

  /** What is known to follow the position; null for nothing. */
  find(position: string): LogPart | null {
    const place = Number(position);
    const at = this.pages.findLastIndex(({ after, end }) => after <= place && place < end);
    const [page] = at < 0 ? [] : this.pages.splice(at, 1);
    if (page === undefined) return null;
    this.pages.push(page);
    return {
      events: page.events.filter((event) => Number(event.position) > place),
      end: String(page.end),
    };
  }

  /** Reads what follows the position. */
  async read(position: string): Promise<LogPart> {
    const { events, end } = await readKept(this.log, { after: position, limit: EVENTS_PER_PAGE });
    // Without an event in it a page would never be dropped.
    if (events.length > 0) this.pages.push({ after: Number(position), end: Number(end), events });
    let kept = this.pages.reduce((sum, page) => sum + page.events.length, 0);
    while (kept > MAX_EVENTS_KEPT) kept -= this.pages.shift()?.events.length ?? kept;
    return { events, end };
  }

  clear(): void {
    this.pages = [];
  }
}
