/** An event as `GET /events` lists it. */
export interface ListedEvent {
  id: string;
  type: string;
  timestamp: string;
  subjectId: string;
  sequence: number;
  replayed?: true;
  data: Readonly<Record<string, unknown>>;
}

interface EventPage {
  items: ListedEvent[];
  nextCursor: string | null;
  endCursor: string;
}

const EVENTS_PER_PAGE = 100;

/** What `GET /events` has listed, in its order. */
export class EventList {
  readonly listed = new Map<string, ListedEvent>();
  private after = '';

  /** Reads to the present end. Returns what is new. */
  async readOn(read: (path: string) => Promise<EventPage>): Promise<readonly ListedEvent[]> {
    const fresh: ListedEvent[] = [];
    for (let isEnd = false; !isEnd;) {
      const page = await read(`/events?limit=${EVENTS_PER_PAGE}${this.after}`);
      fresh.push(...page.items);
      this.after = `&after=${page.endCursor}`;
      isEnd = page.nextCursor === null;
    }
    for (const event of fresh) this.listed.set(event.id, event);
    return fresh;
  }
}
