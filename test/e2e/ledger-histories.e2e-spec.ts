import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { DataSource, type EntityManager } from 'typeorm';
import { checkLedger, type LedgerDifference, ledgerFeature } from '../../src/ledger/index.js';
import { PaymentReported } from '../../src/payments/index.js';
import { newId } from '../../src/platform/database/new-id.js';
import { EventPublisher } from '../../src/platform/events/index.js';
import type { ArrivedReport } from '../convergence/naive-payment.js';
import { arrivalOf, randomHistory } from '../convergence/random-history.js';
import { historyRuns } from '../support/history-runs.js';
import { balancesOf, contractBalances, entriesOf, isBalanced } from '../support/ledger.js';
import { freshId, paymentOf } from '../support/requests.js';
import { startTwoProcesses, type TwoProcesses } from '../support/two-processes.js';

// A thousand histories at night.
jest.setTimeout(1_200_000);

let service: TwoProcesses;
let db: DataSource;
let publisher: EventPublisher;
beforeAll(async () => {
  // Both book, and take each other's work.
  service = await startTwoProcesses();
  db = service.first.app.get(DataSource);
  publisher = service.first.app.get(EventPublisher);
});
afterAll(() => service.close());

const ACCOUNT = 'default';

function eventOf(payment: string, { key, eventId, ...report }: ArrivedReport): PaymentReported {
  const deliveryId = newId();
  return new PaymentReported(deliveryId, deliveryId, {
    ...{ gateway: 'standard', account: ACCOUNT, deliveryId, key, eventId },
    ...{ receivedAt: new Date(), replay: false, report: { ...report, gatewayPaymentId: payment } },
  });
}

class KilledError extends Error {}

/** A database on which a transaction ends at its `nth` statement, as if its process was killed there. */
const killedAt = (nth: number): DataSource =>
  ({
    transaction: (work: (manager: EntityManager) => Promise<unknown>) =>
      db.transaction((manager) => {
        let statements = 0;
        return work(
          new Proxy(manager, {
            get: (target, name) =>
              name !== 'query'
                ? Reflect.get(target, name)
                : (...args: [string, unknown[]?]) => {
                    if (++statements >= nth) throw new KilledError();
                    return target.query(...args);
                  },
          }),
        );
      }),
  }) as unknown as DataSource;

/** Books as a process that is killed at its `nth` statement, or that ends before. */
async function bookAndDie(nth: number): Promise<void> {
  const [job] = ledgerFeature.jobs ?? [];
  const step = job?.step({ db: killedAt(nth), settings: {}, get: (token) => service.first.app.get(token) });
  await step?.catch((error: unknown) => {
    if (!(error instanceof KilledError)) throw error;
  });
}

/** A history of one payment as it arrives: each batch is a transaction, and after it a process may be killed. */
const arriving = randomHistory.chain((reports) =>
  arrivalOf(reports).chain((arrival) =>
    fc.record({
      arrival: fc.constant(arrival),
      batches: fc.array(
        fc.record({
          size: fc.integer({ min: 1, max: 4 }),
          killedAt: fc.option(fc.integer({ min: 1, max: 12 })),
        }),
        { minLength: arrival.length, maxLength: arrival.length },
      ),
    }),
  ),
);

describe('the books of any history, in any order and any batches, with processes killed while they book', () => {
  it('equal the payment to the unit, and every transaction sums to zero', async () => {
    const tellAndCompare = fc.asyncProperty(
      fc.array(arriving, { minLength: 1, maxLength: 4 }),
      async (all) => {
        const ids = await Promise.all(
          all.map(async ({ arrival, batches }) => {
            const payment = freshId('pay');
            let told = 0;
            for (const batch of batches) {
              const events = arrival
                .slice(told, (told += batch.size))
                .map((report) => eventOf(payment, report));
              if (events.length === 0) break;
              await db.transaction((manager) => publisher.applyInTransaction(manager, events));
              if (batch.killedAt !== null) await bookAndDie(batch.killedAt);
            }
            return payment;
          }),
        );
        await service.quiet();
        for (const id of ids) {
          const payment = await paymentOf(service.first, id);
          const entries = await entriesOf(service.first, payment.id);
          expect(balancesOf(entries)).toEqual(contractBalances(payment));
          expect(isBalanced(entries)).toBe(true);
        }
      },
    );
    await fc.assert(tellAndCompare, historyRuns(1 / 10));
    const differences: LedgerDifference[] = [];
    expect(await checkLedger(db, (found) => void differences.push(found), 10)).toMatchObject({
      waiting: 0,
      differing: [],
    });
    expect(differences).toEqual([]);
  });
});
