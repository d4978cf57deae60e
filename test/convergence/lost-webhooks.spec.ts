import { describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import type { StoryEvent } from '../../src/simulator/gateway-simulator.js';
import { historyRuns } from '../support/history-runs.js';
import { lifeCycles, reportsOfLifeCycle } from './life-cycles.js';
import { OBJECTS_AFTER, reportsOfObjects } from './listed-objects.js';
import type { ArrivedReport } from './naive-payment.js';
import { choices, possibleStory } from './possible-story.js';
import { ReportArrivals } from './shown-projection.js';

// Ten thousand histories at night.
jest.setTimeout(600_000);

/** What a payment shows that every listing must bring back. The timeline and the first time may differ. */
function shownAfter(reports: readonly ArrivedReport[]) {
  const arrivals = new ReportArrivals();
  reports.forEach((report) => arrivals.add(report));
  const { timeline: _timeline, createdAt: _createdAt, merchant: _merchant, ...shown } = arrivals.shown;
  return shown;
}

type Shown = ReturnType<typeof shownAfter>;

/** Razorpay keeps no trace of a failure in a payment that was authorized or captured later. */
const forgetsFailure = (gateway: string, reports: readonly ArrivedReport[]): boolean =>
  gateway === 'razorpay' && reports.every(({ kind }) => kind !== 'failed');

function expectSame(gateway: string, reports: readonly ArrivedReport[], told: Shown, about: unknown): void {
  const reconciled = shownAfter(reports);
  const failure = forgetsFailure(gateway, reports) ? null : told.failure;
  // A charge says who paid where an event says less.
  const customer = { ...reconciled.customer, ...fieldsTold(told.customer) };
  expect({ about, ...reconciled }).toEqual({ about, ...told, failure, customer });
}

const fieldsTold = (customer: Shown['customer']): Partial<Shown['customer']> =>
  Object.fromEntries(Object.entries(customer).filter(([, value]) => value !== null));

const GATEWAYS = Object.keys(OBJECTS_AFTER);
const cycles = lifeCycles().filter(({ gateway }) => GATEWAYS.includes(gateway));
const titled = cycles.map((cycle) => [cycle.gateway, cycle.name, cycle] as const);

/** Every subset of the items. */
const subsets = <Item>(items: readonly Item[]): Item[][] =>
  Array.from({ length: 2 ** items.length }, (_, mask) => items.filter((_item, at) => (mask >> at) % 2 === 1));

describe('webhooks that were lost, and what the lists bring back (pain 9)', () => {
  it.each(titled)('%s: %s, whichever of its webhooks arrived', async (gateway, _name, { steps }) => {
    const reports = await reportsOfLifeCycle({ gateway, steps });
    const told = shownAfter(reports);
    const listed = reportsOfObjects(gateway, steps, new Date());
    for (const arrived of subsets(reports)) {
      const about = arrived.map(({ type }) => type);
      expectSame(gateway, [...arrived, ...listed], told, about);
      // Webhooks that come after all, in the end.
      expectSame(gateway, [...listed, ...arrived, ...listed], told, about);
    }
  });

  it.each(GATEWAYS)('%s: any story that it can have', async (gateway) => {
    await fc.assert(
      fc.asyncProperty(choices, fc.infiniteStream(fc.boolean()), async (made, luck) => {
        const steps = possibleStory(gateway, made, 'pay_lost');
        const reports = await reportsOfLifeCycle({ gateway, steps });
        const arrived = reports.filter(() => luck.next().value === true);
        const listed = reportsOfObjects(gateway, steps, new Date());
        expectSame(
          gateway,
          [...arrived, ...listed],
          shownAfter(reports),
          steps.map(({ kind }) => kind),
        );
      }),
      historyRuns(),
    );
  });

  it.each(GATEWAYS)('%s: listed at any time on the way too', async (gateway) => {
    await fc.assert(
      fc.asyncProperty(choices, fc.infiniteStream(fc.boolean()), async (made, luck) => {
        const steps = possibleStory(gateway, made, 'pay_lost');
        const reports = await reportsOfLifeCycle({ gateway, steps });
        const arrived = reports.filter(() => luck.next().value === true);
        const onTheWay = momentsIn(steps)
          .filter(() => luck.next().value === true)
          .flatMap((count) => reportsOfObjects(gateway, steps.slice(0, count), afterStep(steps, count)));
        const listed = reportsOfObjects(gateway, steps, new Date());
        const all = [...onTheWay, ...arrived, ...listed];
        expectSame(
          gateway,
          all,
          shownAfter(reports),
          steps.map(({ kind }) => kind),
        );
      }),
      historyRuns(),
    );
  });

  it.each(GATEWAYS)('%s: the same lists again tell nothing new', (gateway) => {
    fc.assert(
      fc.property(choices, (made) => {
        const steps = possibleStory(gateway, made, 'pay_lost');
        const keys = [new Date(), new Date(Date.now() + 60_000)].map((at) =>
          reportsOfObjects(gateway, steps, at).map(({ key }) => key),
        );
        expect(keys[1]).toEqual(keys[0]);
        expect(new Set(keys[0]).size).toBe(keys[0]?.length);
      }),
      historyRuns(1 / 3),
    );
  });
});

/** The numbers of steps after which a second ends: an observation within a second is behind all that happened in it. */
const momentsIn = (steps: readonly StoryEvent[]): number[] =>
  steps.flatMap(({ occurredAt }, at) =>
    steps[at + 1]?.occurredAt.getTime() === occurredAt.getTime() ? [] : [at + 1],
  );

const afterStep = (steps: readonly StoryEvent[], count: number): Date =>
  new Date((steps[count - 1]?.occurredAt.getTime() ?? 0) + 700);
