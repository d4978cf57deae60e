import type { DatabaseServer } from './bench-database.js';
import type { Finding } from './findings.js';
import { load, newTag } from './load/load.js';
import type { Generator, Outcome } from './load/orders.js';
import type { Events } from './load/events.js';

/** What every measure works with. */
export interface Bench {
  server: DatabaseServer;
  /** Small numbers, to see that everything works; nothing to publish. */
  quick: boolean;
  /** How often what varies is measured again. */
  rounds: number;
  generator: Generator;
  /** Tells whoever waits what is going on. */
  log: (this: void, text: string) => void;
}

export interface Measure {
  name: string;
  /** What it asks, for `--help`. */
  asks: string;
  run: (this: void, bench: Bench) => Promise<Finding[]>;
}

export const CONNECTIONS = 64;

/** One payment in ten is declined, as in a night of renewals: of a hundred events of every load, where nothing else is said. */
export const FAILING = 10;

export function eventsOf(count: number, rest: Partial<Events> = {}): Events {
  return { tag: newTag(), count, about: 'many payments', failing: FAILING, apart: false, ...rest };
}

/** Sends and insists on a 2xx for each. */
export async function allAccepted(sent: Promise<Outcome>): Promise<Outcome> {
  const outcome = await sent;
  const others = Object.entries(outcome.others).map(([what, count]) => `${count} × ${what}`);
  if (others.length > 0) throw new Error(`not every request was answered with a 2xx: ${others.join(', ')}`);
  return outcome;
}

/** As many a second as the program at `url` answers. */
export const saturate = (
  url: string,
  count: number,
  rest: Partial<Events> = {},
  by: Generator = 'own',
): Promise<Outcome> =>
  allAccepted(load({ how: 'saturate', url, events: eventsOf(count, rest), connections: CONNECTIONS, by }));

export const steady = (
  url: string,
  rate: number,
  seconds: number,
  watch?: { every: number; apiKey: string },
): Promise<Outcome> =>
  load({
    how: 'steady',
    url,
    rate,
    events: eventsOf(Math.round(rate * seconds)),
    connections: CONNECTIONS,
    watch,
  });
