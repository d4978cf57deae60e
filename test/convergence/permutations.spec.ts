import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { historyRuns } from '../support/history-runs.js';
import { lifeCycles, reportsOfLifeCycle } from './life-cycles.js';
import { naivePayment, type ArrivedReport } from './naive-payment.js';
import { permutations } from './permutations.js';
import { arrivalOf } from './random-history.js';
import { ReportArrivals, showPayment } from './shown-projection.js';

const cycles = lifeCycles();
const titled = cycles.map((cycle) => [cycle.gateway, cycle.name, cycle.steps.length, cycle] as const);

const arrived = (order: readonly ArrivedReport[]) => {
  const arrivals = new ReportArrivals();
  order.forEach((report) => arrivals.add(report));
  return arrivals.shown;
};

describe('every order of a life cycle (pain 3) ends the same', () => {
  it.each(titled)('%s: %s, of %i messages', async (_gateway, _name, _steps, cycle) => {
    const reports = await reportsOfLifeCycle(cycle);
    const end = naivePayment(reports);
    const orders = permutations(reports);
    for (const order of orders) {
      expect(showPayment(order)).toEqual(end);
      expect(arrived(order)).toEqual(end);
      // Each at once again, and all of it once it was there.
      expect(arrived([...order.flatMap((report) => [report, report]), ...order])).toEqual(end);
    }
  });

  it('are 1007 orders in all', () => {
    const factorial = (n: number): number => (n < 2 ? 1 : n * factorial(n - 1));
    expect(cycles.reduce((orders, { steps }) => orders + factorial(steps.length), 0)).toBe(1007);
  });
});

describe('life cycles told through each other', () => {
  let mixed: { payment: string; report: ArrivedReport }[];
  let ends: Record<string, unknown>;
  beforeAll(async () => {
    const reports = await Promise.all(cycles.map(reportsOfLifeCycle));
    const named = cycles.map(
      ({ gateway, name }, at) => [`${gateway} ${name}`, reports[at] as ArrivedReport[]] as const,
    );
    mixed = named.flatMap(([payment, own]) => own.map((report) => ({ payment, report })));
    ends = Object.fromEntries(named.map(([payment, own]) => [payment, naivePayment(own)]));
  });

  it('end as each of them told alone, however they are mixed and repeated', () => {
    fc.assert(
      fc.property(
        fc.constant(null).chain(() => arrivalOf(mixed)),
        (arrivals) => {
          const payments = new Map<string, ReportArrivals>();
          for (const { payment, report } of arrivals) {
            payments.set(payment, payments.get(payment) ?? new ReportArrivals());
            payments.get(payment)?.add(report);
          }
          expect(Object.fromEntries([...payments].map(([payment, each]) => [payment, each.shown]))).toEqual(
            ends,
          );
        },
      ),
      historyRuns(1 / 3),
    );
  });
});
