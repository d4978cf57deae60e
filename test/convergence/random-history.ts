import fc from 'fast-check';
import {
  REPORT_KINDS,
  type PaymentReport,
  type ReportKind,
} from '../../src/payments/report/payment-report.js';
import { report, T0 } from '../builders/report.builder.js';
import type { ArrivedReport } from './naive-payment.js';

/* Histories in which seconds, ids, amounts, currencies, attempts and missing values collide often. */

const SECONDS = 6;
const amount = fc.constantFrom('0', '1000', '4000', '10000');
const maybe = <Value>(values: fc.Arbitrary<Value>) => fc.option(values, { freq: 3 });

const someRefunds = <Value>(values: fc.Arbitrary<Value>) => fc.array(values, { maxLength: 2 });

const person = fc.record({
  id: maybe(fc.constantFrom('cus_1', 'cus_2')),
  email: maybe(fc.constantFrom('a@example.com', 'b@example.com')),
  phone: maybe(fc.constant('+911234567890')),
  name: maybe(fc.constantFrom('Asha', 'Rao')),
  locale: maybe(fc.constantFrom('en', 'hi-IN')),
});

const STATUSES: Partial<Record<ReportKind, readonly ('pending' | 'succeeded' | 'failed' | 'canceled')[]>> = {
  refund_created: ['pending', 'succeeded'],
  refund_succeeded: ['succeeded'],
  refund_failed: ['failed', 'canceled'],
};
const ENDS = { dispute_won: 'won', dispute_lost: 'lost' } as const;

/** The fields that only a report of this kind has. */
function ownFields(kind: ReportKind): fc.Arbitrary<Partial<PaymentReport>> {
  const statuses = STATUSES[kind];
  if (statuses)
    return fc.record({
      refundedTotal: maybe(fc.constantFrom('1000', '5000', '12000')),
      refunds: someRefunds(
        fc.record({
          id: fc.constantFrom('re_1', 're_2'),
          amount: maybe(amount),
          status: fc.constantFrom(...statuses),
          ...(kind === 'refund_failed'
            ? {}
            : { mayBeRelease: fc.constantFrom(undefined, undefined, true as const) }),
          createdAt: maybe(
            fc.constantFrom(0, 1, 3, SECONDS, 64, 90).map((second) => new Date(T0 + second * 1000)),
          ),
        }),
      ),
    });
  if (kind.startsWith('dispute_'))
    return fc.record({
      dispute: fc.record({
        id: fc.constantFrom('dp_1', 'dp_2'),
        amount: maybe(amount),
        currency: fc.constantFrom(null, null, 'USD', 'EUR'),
        status: fc.constantFrom(ENDS[kind as keyof typeof ENDS] ?? 'open', 'closed' as const),
        reason: maybe(fc.constant('fraudulent')),
      }),
    });
  if (kind === 'failed')
    return fc.record({
      failure: maybe(
        fc.record({
          code: maybe(fc.constantFrom('expired_card', 'insufficient_funds')),
          message: maybe(fc.constant('No.')),
          attemptId: maybe(fc.constantFrom('ch_1', 'ch_2')),
        }),
      ),
    });
  return fc.record({ amountCaptured: kind === 'succeeded' ? maybe(amount) : fc.constant(null) });
}

/** Captures by id, and reversed totals. Half of all payments have captures without ids. */
const captureFields = (kind: ReportKind, withIds: boolean): fc.Arbitrary<Partial<PaymentReport>> =>
  fc.record({
    reversedTotal: isReversal(kind)
      ? maybe(fc.constantFrom('0', '1000', '4000', '12000'))
      : fc.constant(null),
    captures: fc.array(
      fc.record({
        id: fc.constantFrom('cap_1', 'cap_2', 'cap_3'),
        amount: maybe(fc.constantFrom('1000', '4000', '6000')),
        status: isReversal(kind)
          ? fc.constantFrom('failed' as const, 'reversed' as const)
          : fc.constantFrom(
              'succeeded' as const,
              'succeeded' as const,
              'pending' as const,
              'failed' as const,
            ),
      }),
      { maxLength: withIds && (isReversal(kind) || kind === 'succeeded' || kind === 'noted') ? 2 : 0 },
    ),
  });

const isReversal = (kind: ReportKind): boolean => kind === 'capture_failed' || kind === 'reversed';

/** Failures and the kinds after them are more frequent, because an attempt has several reports. */
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

const anyReport = (withIds: boolean) =>
  anyKind.chain((kind) =>
    fc
      .record({
        second: fc.integer({ min: 0, max: SECONDS }),
        any: fc.record({
          currency: fc.constantFrom('USD', 'USD', 'USD', 'USD', 'EUR', null),
          mode: fc.constantFrom('live' as const, 'live' as const, 'test' as const),
          amount: maybe(amount),
          orderId: maybe(fc.constantFrom('ord_1', 'ord_2')),
          gatewayOrderId: maybe(fc.constant('order_1')),
          merchant: fc.constantFrom(null, null, 'acct_1', 'acct_2'),
          fee: fc.constantFrom(
            null,
            null,
            null,
            { amount: '30', currency: 'USD' },
            { amount: '20', currency: 'EUR' },
          ),
          customer: maybe(person),
        }),
        own: ownFields(kind),
        captured: captureFields(kind, withIds),
      })
      .map(({ second, any, own, captured }) => report(kind, second, { ...any, ...own, ...captured })),
  );

/** Up to 12 reports of one payment. Several reports may share an event id. */
export const randomHistory: fc.Arbitrary<ArrivedReport[]> = fc
  .boolean()
  .chain((withIds) => fc.array(anyReport(withIds), { minLength: 1, maxLength: 12 }))
  .map((reports) => reports.map((each, at) => ({ ...each, key: `key_${at}`, eventId: `evt_${at % 4}` })));

/** The same reports in another order, some of them more than once. */
export const arrivalOf = <Each>(reports: readonly Each[]): fc.Arbitrary<Each[]> =>
  fc
    .array(fc.constantFrom(...reports), { maxLength: reports.length })
    .chain((again) =>
      fc.shuffledSubarray([...reports, ...again], { minLength: reports.length + again.length }),
    );
