import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { DatabaseServer } from '../bench-database.js';
import { accountName } from '../load/events.js';
import type { Quantiles } from '../load/orders.js';
import { startProgram } from '../programs/child-program.js';
import { API_KEY } from '../programs/payhook.js';
import { run, type RunningProgram } from '../programs/programs.js';
import { SECRET } from '../programs/secret.js';

export const QUICK = 10;
export const HANGING = 90;
const TIMEOUT_MS = 60_000;
const POLL_MS = 50;

/** What the subscribers that answer ask for: each the events of one account of ten, or each all. */
export type Asked = 'a tenth' | 'everything';

/** What arrived since it was forgotten. */
export interface Arrived {
  counts: Readonly<Record<string, number>>;
  /** Milliseconds from the moment an event was stored. */
  latency: Quantiles;
  /** Tries that are not answered. */
  hanging: number;
  repeated: number;
}

/** A service with its subscribers. */
export interface Subscribed {
  program: RunningProgram;
  /** Waits until each subscriber that answers has so many. */
  untilArrived: (this: void, events: number) => Promise<Arrived>;
  forget(): Promise<void>;
  end(): Promise<void>;
}

const ACCOUNTS = Object.fromEntries(
  Array.from({ length: QUICK }, (_, nth) => [
    `WEBHOOK_SECRETS_STRIPE__${accountName(nth).toUpperCase()}`,
    SECRET,
  ]),
);

/** Starts the service, and subscribes ninety systems that hang and ten that answer; none where nothing is asked for. */
export async function startSubscribed(server: DatabaseServer, asked: Asked | null): Promise<Subscribed> {
  const program = await run('payhook', server, {
    environment: { ...ACCOUNTS, ...(asked && { SUBSCRIPTION_NETWORKS: '127.0.0.0/8' }) },
  });
  const receiver = await startProgram({ file: join(import.meta.dirname, '../programs/subscribers.js') });
  const paths = [
    ...Array.from({ length: asked ? HANGING : 0 }, (_, nth) => ({ path: `/hang/${nth}`, terms: {} })),
    ...Array.from({ length: asked ? QUICK : 0 }, (_, nth) => ({
      path: `/quick/${nth}`,
      terms: asked === 'a tenth' ? { filter: { account: accountName(nth) } } : {},
    })),
  ];
  for (const { path, terms } of paths)
    await subscribe(program.url, {
      ...{ url: receiver.url + path, topics: ['payment.*'], ...terms },
      // As they come, where it hangs; else more than comes in.
      ...(path.startsWith('/quick/') && { ratePerSecond: 1_000, maxInFlight: asked === 'a tenth' ? 4 : 64 }),
    });
  const arrived = async (): Promise<Arrived> => (await fetch(receiver.url)).json() as Promise<Arrived>;
  return {
    program,
    async untilArrived(events) {
      const began = performance.now();
      for (;;) {
        const all = await arrived();
        const counts = Object.values(all.counts);
        if (!asked || (counts.length === QUICK && counts.every((count) => count >= events))) return all;
        if (performance.now() - began > TIMEOUT_MS)
          throw new Error(`not every subscriber has ${events} events: ${JSON.stringify(all.counts)}`);
        await wait(POLL_MS);
      }
    },
    async forget() {
      await fetch(receiver.url, { method: 'DELETE' });
    },
    async end() {
      await program.end();
      await receiver.stop();
    },
  };
}

async function subscribe(service: string, terms: object): Promise<void> {
  const { id } = await post<{ id: string }>(`${service}/subscriptions`, terms);
  const { status } = await post<{ status: string }>(`${service}/subscriptions/${id}/confirm`, {});
  if (status !== 'active') throw new Error(`the subscription is ${status}`);
}

async function post<Answer>(url: string, body: object): Promise<Answer> {
  const headers = { authorization: `Bearer ${API_KEY}`, 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${await answer.text()}`);
  return (await answer.json()) as Answer;
}
