import { expect, it } from '@jest/globals';
import type { EntityManager } from 'typeorm';
import type { EventLog, LoggedEvent, ReadEvents } from '../../feature.js';
import type { Subscription } from '../subscription.entity.js';
import { LogPages } from './log-pages.js';
import { LogReader } from './log-reader.js';
import { Subscriber } from './subscriber.js';

const event = (position: number): LoggedEvent => ({
  ...{ id: `event ${position}`, type: 'payment.created', timestamp: new Date(0), replayed: false },
  ...{ data: { account: `a${position % 10}` }, subjectId: `subject ${position}` },
  ...{ sequence: 1, position: String(position) },
});

/** A log of so many events, which notes where it was read. */
function logOf(events: number) {
  const reads: string[] = [];
  const log = {
    head: () => Promise.resolve(String(events)),
    read: ({ after, limit }: ReadEvents) => {
      reads.push(String(after));
      const end = Math.min(events, Number(after) + limit);
      const page = Array.from({ length: end - Number(after) }, (_, at) => event(Number(after) + at + 1));
      return Promise.resolve({ events: page, end: String(end), head: String(events) });
    },
  };
  return { log: log as unknown as EventLog, reads };
}

const unchanged = (): Promise<ReadonlySet<Subscriber>> => Promise.resolve(new Set());
/** No row is known. */
const nothing = { query: () => Promise.resolve([]) } as unknown as EntityManager;

function subscriberAt(position: number, settings: Partial<Subscription> = {}, isHanging = true) {
  const sent: string[] = [];
  const terms = {
    ...{ id: `at ${position}`, position: String(position), topics: ['*'], ordered: false },
    ...{ filter: { gateway: null, account: null, mode: 'live', merchant: null } },
    ...{ maxInFlight: 4, ratePerSecond: 1_000, ...settings },
  };
  const subscriber = new Subscriber(
    terms as Subscription,
    {
      mayStart: () => true,
      send: ({ event: { id } }) => {
        sent.push(id);
        return isHanging
          ? new Promise(() => undefined)
          : Promise.resolve({
              ...{ status: 'delivered', isGone: false, delayMs: null, httpStatus: 200 },
              ...{ reason: null, answer: '' },
            });
      },
    },
    '0',
  );
  return { subscriber, sent };
}

it('one read is for all subscribers at one place, whatever each of them wants', async () => {
  const { log, reads } = logOf(100);
  const all = Array.from({ length: 100 }, (_, nth) =>
    subscriberAt(0, { filter: { gateway: null, account: `a${nth % 10}`, mode: 'live', merchant: null } }),
  );
  await new LogReader(log).readOn(
    nothing,
    all.map(({ subscriber }) => subscriber),
    unchanged,
  );
  expect(reads).toEqual(['0']);
  expect(all.slice(0, 2).map(({ sent }) => sent)).toEqual([
    ['event 10', 'event 20', 'event 30', 'event 40'],
    ['event 1', 'event 11', 'event 21', 'event 31'],
  ]);
});

it('nothing is read for subscribers that hang, however long the log grows', async () => {
  const { log, reads } = logOf(100_000);
  const hanging = Array.from({ length: 90 }, () => subscriberAt(0).subscriber);
  const reader = new LogReader(log);
  for (let step = 0; step < 10; step++) await reader.readOn(nothing, hanging, unchanged);
  expect(reads).toEqual(['0']);
});

it('what was changed after the read of its events takes nothing in, and holds up no other', async () => {
  const { log, reads } = logOf(4);
  const [changed, other] = [subscriberAt(0), subscriberAt(0)];
  const all = [changed.subscriber, other.subscriber];
  const reader = new LogReader(log);
  expect(await reader.readOn(nothing, all, () => Promise.resolve(new Set([changed.subscriber])))).toBe(1);
  expect([reads, changed.sent.length, other.sent.length]).toEqual([['0'], 0, 4]);
  await reader.readOn(nothing, all, unchanged);
  expect([changed.sent.length, other.sent.length]).toEqual([4, 4]);
});

it('a step reads four times at the most, the furthest ahead in each, and the others in turn', async () => {
  const { log, reads } = logOf(100_000);
  const ahead = subscriberAt(90_000, { maxInFlight: 100 }, false);
  const behind = Array.from({ length: 9 }, (_, nth) => subscriberAt(nth * 1_000));
  const reader = new LogReader(log);
  const all = [...behind, ahead].map(({ subscriber }) => subscriber);
  const steps: string[][] = [];
  for (let step = 0; step < 3; step++) {
    expect(await reader.readOn(nothing, all, unchanged)).toBe([6, 3, 0][step]);
    // What was sent is answered between two steps.
    await new Promise((resolve) => setImmediate(resolve));
    steps.push(reads.splice(0));
  }
  expect(steps).toEqual([
    ['90000', '0', '1000', '2000'],
    ['90200', '3000', '4000', '5000'],
    ['90400', '6000', '7000', '8000'],
  ]);
  expect(behind.every(({ sent }) => sent.length === 4)).toBe(true);
});

it('pages are kept for 4,000 events: those that were used last', async () => {
  const { log, reads } = logOf(100_000);
  const pages = new LogPages(log);
  for (let position = 0; position < 50_000; position += 200) {
    await pages.read(String(position));
    expect(pages.find('50')).not.toBeNull();
  }
  expect(reads).toHaveLength(250);
  const kept = Array.from({ length: 250 }, (_, nth) => pages.find(String(nth * 200 + 7)) !== null);
  expect(kept.filter(Boolean)).toHaveLength(20);
  expect(
    pages
      .find('49900')
      ?.events.map(({ id }) => id)
      .slice(0, 2),
  ).toEqual(['event 49901', 'event 49902']);
  expect(pages.find('49900')?.end).toBe('50000');
});
