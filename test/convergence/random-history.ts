import fc from 'fast-check';
import {
  REPORT_KINDS,
  type PaymentReport,
  type ReportKind,
} from '../../src/payments/report/payment-report.js';
import { report, T0 } from '../builders/report.builder.js';
import type { ArrivedReport } from './naive-payment.js';

/** Histories in which everything collides often: seconds, ids, amounts, currencies, attempts, and what is not told. */

const SECONDS = 6;
const amount = fc.constantFrom('0', '1000', '4000', '10000');
const told = <Value>(values: fc.Arbitrary<Value>) => fc.option(values, { freq: 3 });

const someRefunds = <Value>(values: fc.Arbitrary<Value>) => fc.array(values, { maxLength: 2 });

const person = fc.record({
  id: told(fc.constantFrom('cus_1', 'cus_2')),
  email: told(fc.constantFrom('a@example.com', 'b@example.com')),
  phone: told(fc.constant('+911234567890')),
  name: told(fc.constantFrom('Asha', 'Rao')),
  locale: told(fc.constantFrom('en', 'hi-IN')),
});

const STATUSES: Partial<Record<ReportKind, readonly ('pending' | 'succeeded' | 'failed' | 'canceled')[]>> = {
  refund_created: ['pending', 'succeeded'],
  refund_succeeded: ['succeeded'],
  refund_failed: ['failed', 'canceled'],
};
const ENDS = { dispute_won: 'won', dispute_lost: 'lost' } as const;

/** What a report of this kind tells beside what any may tell. */
function ownWords(kind: ReportKind): fc.Arbitrary<Partial<PaymentReport>> {
  const statuses = STATUSES[kind];
  if (statuses)
    return fc.record({
      refundedTotal: told(fc.constantFrom('1000', '5000', '12000')),
      refunds: someRefunds(
        fc.record({
          id: fc.constantFrom('re_1', 're_2'),
          amount: told(amount),
          status: fc.constantFrom(...statuses),
          ...(kind === 'refund_failed'
            ? {}
            : { mayBeRelease: fc.constantFrom(undefined, undefined, true as const) }),
          createdAt: told(
            fc.constantFrom(0, 1, 3, SECONDS, 64, 90).map((second) => new Date(T0 + second * 1000)),
          ),
        }),
      ),
    });
  if (kind.startsWith('dispute_'))
    return fc.record({
      dispute: fc.record({
        id: fc.constantFrom('dp_1', 'dp_2'),
        amount: told(amount),
        currency: fc.constantFrom(null, null, 'USD', 'EUR'),
        status: fc.constantFrom(ENDS[kind as keyof typeof ENDS] ?? 'open', 'closed' as const),
        reason: told(fc.constant('fraudulent')),
      }),
    });
  if (kind === 'failed')
    return fc.record({
      failure: told(
        fc.record({
          code: told(fc.constantFrom('expired_card', 'insufficient_funds')),
          message: told(fc.constant('No.')),
          attemptId: told(fc.constantFrom('ch_1', 'ch_2')),
        }),
      ),
    });
  return fc.record({ amountCaptured: kind === 'succeeded' ? told(amount) : fc.constant(null) });
}

/** Captures by id, and what went again. Half of all payments are told without ids. */
const ofCaptures = (kind: ReportKind, ids: boolean): fc.Arbitrary<Partial<PaymentReport>> =>
  fc.record({
    reversedTotal: takesBack(kind) ? told(fc.constantFrom('0', '1000', '4000', '12000')) : fc.constant(null),
    captures: fc.array(
      fc.record({
        id: fc.constantFrom('cap_1', 'cap_2', 'cap_3'),
        amount: told(fc.constantFrom('1000', '4000', '6000')),
        status: takesBack(kind)
          ? fc.constantFrom('failed' as const, 'reversed' as const)
          : fc.constantFrom(
              'succeeded' as const,
              'succeeded' as const,
              'pending' as const,
              'failed' as const,
            ),
      }),
      { maxLength: ids && (takesBack(kind) || kind === 'succeeded' || kind === 'noted') ? 2 : 0 },
    ),
  });

const takesBack = (kind: ReportKind): boolean => kind === 'capture_failed' || kind === 'reversed';

/** Failures and what follows them are told more often than the rest, as attempts are made of several. */
const anyKind = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<ReportKind>(...REPORT_KINDS) },
  { weight: 1, arbitrary: fc.constantFrom<ReportKind>('failed', 'failed', 'authorized', 'succeeded') },
  {
    weight: 1,
    arbitrary: fc.constantFrom<ReportKind>('succeeded', 'capture_failed', 'reversed'),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom<ReportKind>('refund_created', 'refund_succeeded', 'refund_failed'),
  },
);

const anyReport = (ids: boolean) =>
  anyKind.chain((kind) =>
    fc
      .record({
        second: fc.integer({ min: 0, max: SECONDS }),
        any: fc.record({
          currency: fc.constantFrom('USD', 'USD', 'USD', 'USD', 'EUR', null),
          mode: fc.constantFrom('live' as const, 'live' as const, 'test' as const),
          amount: told(amount),
          orderId: told(fc.constantFrom('ord_1', 'ord_2')),
          gatewayOrderId: told(fc.constant('order_1')),
          merchant: fc.constantFrom(null, null, 'acct_1', 'acct_2'),
          fee: fc.constantFrom(
            null,
            null,
            null,
            { amount: '30', currency: 'USD' },
            { amount: '20', currency: 'EUR' },
          ),
          customer: told(person),
        }),
        own: ownWords(kind),
        captured: ofCaptures(kind, ids),
      })
      .map(({ second, any, own, captured }) => report(kind, second, { ...any, ...own, ...captured })),
  );

/** Up to a dozen reports of one payment; two of one event have the event's id in common. */
export const randomHistory: fc.Arbitrary<ArrivedReport[]> = fc
  .boolean()
  .chain((ids) => fc.array(anyReport(ids), { minLength: 1, maxLength: 12 }))
  .map((reports) => reports.map((each, at) => ({ ...each, key: `key_${at}`, eventId: `evt_${at % 4}` })));

/** The same reports in some other order, some of them more than once. */
export const arrivalOf = <Each>(reports: readonly Each[]): fc.Arbitrary<Each[]> =>
  fc
    .array(fc.constantFrom(...reports), { maxLength: reports.length })
    .chain((again) =>
      fc.shuffledSubarray([...reports, ...again], { minLength: reports.length + again.length }),
    );
