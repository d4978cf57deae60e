import type { ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** What a subscriber says to an event, as the service hears it. */
export interface Answer {
  readonly says: 'taken' | 'failed' | 'gone';
  /** `elsewhere` is a URL that nothing may ever connect to. */
  readonly give: (response: ServerResponse, elsewhere: string) => void;
}

/** What a subscriber knows of a request before it answers. */
export interface Tried {
  /** Requests with the same event before. */
  readonly before: number;
  /** Events that came before. */
  readonly nth: number;
  /** Milliseconds since the first request of the round. */
  readonly sinceMs: number;
}

/** A way to behave, and what the subscriber asked for. */
export interface Habit {
  readonly name: string;
  readonly topics: readonly string[];
  readonly gateway?: string;
  readonly ordered?: true;
  readonly maxInFlight?: number;
  /** How many challenges are answered with another value. */
  readonly lies: number;
  readonly answer: (tried: Tried) => Answer;
  /**
   * What must have arrived at the end of a round. `until gone`: a new subscription each round, which must have ended.
   * `some`: most is given up. Its subscription is paused at the end of the round, so that nobody waits for it.
   */
  readonly hears: 'all' | 'none' | 'until gone' | 'some';
}

const answering =
  (status: number, headers: Record<string, string> = {}): Answer['give'] =>
  (response) =>
    void response.writeHead(status, headers).end('ok');

const TAKES: Answer = { says: 'taken', give: answering(204) };
const FAILS: Answer = { says: 'failed', give: answering(500) };
const IS_BUSY: Answer = { says: 'failed', give: answering(503, { 'retry-after': '1' }) };
const IS_GONE: Answer = { says: 'gone', give: answering(410) };
const HANGS: Answer = { says: 'failed', give: () => undefined };
const REDIRECTS: Answer = {
  says: 'failed',
  give: (response, elsewhere) => answering(302, { location: elsewhere })(response, elsewhere),
};
const REDIRECTS_TO_METADATA: Answer = {
  says: 'failed',
  give: answering(307, { location: 'http://169.254.169.254/latest/meta-data/' }),
};
const CLOSES_IN_ITS_HEAD: Answer = {
  says: 'failed',
  give: ({ socket }) => void socket?.write('HTTP/1.1 200 O', () => socket.destroy()),
};
const CLOSES_IN_ITS_BODY: Answer = {
  says: 'failed',
  give: (response) => {
    response.writeHead(200, { 'content-length': '1000' });
    response.write('half', () => response.destroy());
  },
};
const TEN_GIB = 10 * 2 ** 30;
const CHUNK = Buffer.alloc(64 * 1024, 'x');
function* tenGib(): Generator<Buffer> {
  for (let sent = 0; sent < TEN_GIB; sent += CHUNK.length) yield CHUNK;
}
const IS_ENDLESS: Answer = {
  says: 'taken',
  give: (response) => {
    response.writeHead(200, { 'content-length': String(TEN_GIB) });
    // The service closes the connection, which rejects.
    pipeline(Readable.from(tenGib()), response).catch(() => undefined);
  },
};

const ALL_TOPICS = { topics: ['*'], lies: 0 } as const;
const DOWN_MS = 1_500;
const GONE_AFTER = 5;

/** The subscribers of every round. */
export const HABITS: readonly Habit[] = [
  { ...ALL_TOPICS, name: 'honest', hears: 'all', answer: () => TAKES },
  {
    ...{ ...ALL_TOPICS, name: 'ordered', hears: 'all', ordered: true },
    answer: ({ before, nth }) => (before === 0 && nth % 3 === 0 ? FAILS : TAKES),
  },
  {
    ...{ name: 'filtered', hears: 'all', topics: ['payment.created', 'payment.failed'], gateway: 'razorpay' },
    ...{ lies: 0, answer: () => TAKES },
  },
  {
    ...{ ...ALL_TOPICS, name: 'down at first', hears: 'all', ordered: true, lies: 2 },
    answer: ({ sinceMs, nth }) => (sinceMs > DOWN_MS ? TAKES : nth % 2 === 0 ? FAILS : IS_BUSY),
  },
  {
    ...{ ...ALL_TOPICS, name: 'closing', hears: 'all' },
    answer: ({ before, nth }) =>
      before > 0 ? TAKES : nth % 2 === 0 ? CLOSES_IN_ITS_HEAD : CLOSES_IN_ITS_BODY,
  },
  { name: 'endless', hears: 'all', topics: ['payment.*'], lies: 0, answer: () => IS_ENDLESS },
  {
    ...{ ...ALL_TOPICS, name: 'gone', hears: 'until gone', maxInFlight: 1 },
    answer: ({ nth }) => (nth < GONE_AFTER ? TAKES : IS_GONE),
  },
  { ...ALL_TOPICS, name: 'lying', hears: 'none', lies: Infinity, answer: () => TAKES },
  { ...ALL_TOPICS, name: 'hanging', hears: 'some', answer: () => HANGS },
  {
    ...{ ...ALL_TOPICS, name: 'redirecting', hears: 'some' },
    answer: ({ nth }) => (nth % 2 === 0 ? REDIRECTS : REDIRECTS_TO_METADATA),
  },
];
