import { describe, expect, it } from '@jest/globals';
import type { PaymentFacts } from '../../feature.js';
import { collectFacts, type OrderTerms, type PaymentOfStory } from './order-facts.js';
import { milestonesOf, nameOfMilestone } from './order-milestones.js';
import {
  deriveStatus,
  nextChangeAt,
  type OrderFlag,
  type OrderStatus,
  STATUS_TABLE,
} from './order-status.js';

const NOW = new Date('2026-11-26T12:00:00Z');
const at = (minutes: number): Date => new Date(NOW.getTime() + minutes * 60_000);

const TERMS: OrderTerms = {
  amount: '10000',
  currency: 'USD',
  gateway: null,
  account: null,
  expiresAt: null,
  canceled: false,
  settlement: null,
};

const payment = (id: string, changes: Partial<PaymentFacts> = {}): PaymentFacts => ({
  paymentId: id,
  gateway: 'standard',
  account: 'default',
  gatewayPaymentId: `pay_${id}`,
  gatewayOrderId: null,
  orderId: 'ord_1',
  merchant: null,
  mode: 'live',
  state: 'succeeded',
  status: 'succeeded',
  currency: 'USD',
  amount: '10000',
  amountCaptured: null,
  amountRefunded: '0',
  amountDisputed: '0',
  amountReversed: '0',
  fee: null,
  captures: [],
  refunds: [],
  disputes: [],
  createdAt: at(-60),
  capturedAt: at(-60).getTime(),
  ...changes,
});

const failed = (id: string, changes: Partial<PaymentFacts> = {}): PaymentFacts =>
  payment(id, { state: 'failed', status: 'failed', capturedAt: null, ...changes });
const dispute = (status: 'open' | 'lost' | 'won' | 'closed'): Partial<PaymentFacts> => ({
  disputes: [{ id: 'dp_1', amount: '10000', status, reason: null }],
});
const settledAs = (as: 'paid' | 'canceled', captured: string, paying: string[], refunded = '0') => ({
  settlement: { id: 's', as, captured, refunded, paying },
});
const expired = { expiresAt: at(-1) };
const canceled = { canceled: true };

function outcome(terms: Partial<OrderTerms>, payments: readonly PaymentFacts[], now = NOW) {
  const order = { ...TERMS, ...terms };
  return deriveStatus(order, collectFacts(order, payments), now);
}

type Row = [
  expected: OrderStatus | `flagged: ${OrderFlag}`,
  why: string,
  terms: Partial<OrderTerms>,
  payments: PaymentFacts[],
];

/** Every line of the contract by itself. */
const LINES: Row[] = [
  ['disputed', 'a dispute is open', {}, [payment('1', dispute('open'))]],
  ['disputed', 'a dispute was lost', {}, [payment('1', dispute('lost'))]],
  ['paid', 'a dispute was won', {}, [payment('1', dispute('won'))]],
  ['paid', 'settled as paid', settledAs('paid', '20000', ['1', '2']), [payment('1'), payment('2')]],
  [
    'canceled',
    'settled as canceled',
    settledAs('canceled', '20000', ['1', '2']),
    [payment('2'), payment('1')],
  ],
  [
    'flagged: paid_twice',
    'settled, and one more paid',
    settledAs('paid', '20000', ['1', '2']),
    ['1', '2', '3'].map((id) => payment(id)),
  ],
  [
    'flagged: paid_twice',
    'settled, and another paid instead',
    settledAs('paid', '20000', ['1', '2']),
    [payment('1'), payment('3')],
  ],
  [
    'paid',
    'settled, and refunded since',
    settledAs('canceled', '20000', ['1', '2']),
    [payment('1'), payment('2', { amountRefunded: '10000' })],
  ],
  ['flagged: currency', 'another currency came', {}, [payment('1', { currency: 'EUR' })]],
  [
    'open',
    'another currency came and went back',
    {},
    [payment('1', { currency: 'EUR', amountRefunded: '10000' })],
  ],
  ['open', 'another currency failed', {}, [failed('1', { currency: 'EUR' })]],
  ['flagged: paid_after_cancel', 'paid and canceled', canceled, [payment('1')]],
  ['flagged: paid_twice', 'two paid', {}, [payment('1'), payment('2')]],
  [
    'flagged: paid_twice',
    'two paid a part each, together too much',
    {},
    [payment('1', { amountCaptured: '6000' }), payment('2', { amountCaptured: '5000' })],
  ],
  [
    'paid',
    'two paid a part each',
    {},
    [payment('1', { amountCaptured: '6000' }), payment('2', { amountCaptured: '4000' })],
  ],
  ['flagged: amount_over', 'one paid too much', {}, [payment('1', { amount: '10001' })]],
  [
    'flagged: amount_over',
    'one paid too much, another one was refunded',
    {},
    [payment('1', { amount: '10001' }), payment('2', { amountRefunded: '10000' })],
  ],
  ['canceled', 'canceled', canceled, []],
  ['canceled', 'canceled, whatever failed', canceled, [failed('1')]],
  ['overdue', 'expired', expired, []],
  ['overdue', 'expired at this moment', { expiresAt: NOW }, [failed('1')]],
  ['open', 'expired, and one is processing', expired, [payment('1', { state: 'processing' })]],
  ['open', 'expired, and one is authorized', expired, [payment('1', { state: 'authorized' })]],
  ['open', 'not yet expired', { expiresAt: at(1) }, []],
  ['open', 'nothing happened', {}, []],
  ['canceled', 'refunded and canceled', canceled, [payment('1', { amountRefunded: '10000' })]],
  ['refunded', 'all went back', {}, [payment('1', { amountRefunded: '10000' })]],
  [
    'refunded',
    'a part came and went back',
    {},
    [payment('1', { amountCaptured: '4000', amountRefunded: '4000' })],
  ],
  ['partially_paid', 'a part came', {}, [payment('1', { amountCaptured: '9999' })]],
  [
    'partially_paid',
    'a part came, and some of it went back',
    {},
    [payment('1', { amountCaptured: '9999', amountRefunded: '1' })],
  ],
  ['partially_refunded', 'all came, and some went back', {}, [payment('1', { amountRefunded: '1' })]],
  ['paid', 'all came', {}, [payment('1')]],
  [
    'paid',
    'too much came, and what was too much went back',
    {},
    [payment('1', { amount: '12000', amountRefunded: '2000' })],
  ],
  ['paid', 'paid, refunded and paid again', {}, [payment('1', { amountRefunded: '10000' }), payment('2')]],
  [
    'paid',
    'amounts beyond what a double holds',
    { amount: '900719925474099' },
    [payment('1', { amountCaptured: '900719925474098' }), payment('2', { amountCaptured: '1' })],
  ],
];

/** Where two neighbouring lines hold at once, the upper one decides. */
const NEIGHBOURS: Row[] = [
  [
    'disputed',
    'over settled',
    settledAs('paid', '20000', ['1', '2']),
    [payment('1', dispute('open')), payment('2')],
  ],
  [
    'paid',
    'settled over currency',
    settledAs('paid', '10000', ['1', '2']),
    [payment('1'), payment('2', { currency: 'EUR' })],
  ],
  [
    'flagged: currency',
    'over paid_after_cancel',
    canceled,
    [payment('1'), payment('2', { currency: 'EUR' })],
  ],
  ['flagged: paid_after_cancel', 'over paid_twice', canceled, [payment('1'), payment('2')]],
  ['flagged: paid_twice', 'over amount_over', {}, [payment('1', { amount: '10001' }), payment('2')]],
  ['canceled', 'over overdue', { ...canceled, ...expired }, []],
  ['overdue', 'over open', expired, []],
  ['canceled', 'over refunded', canceled, [payment('1', { amountRefunded: '10000' })]],
  ['refunded', 'over partially_paid', {}, [payment('1', { amountCaptured: '5000', amountRefunded: '5000' })]],
  [
    'partially_paid',
    'over partially_refunded',
    {},
    [payment('1', { amountCaptured: '5000', amountRefunded: '1' })],
  ],
  ['partially_refunded', 'over paid', {}, [payment('1', { amountRefunded: '9999' })]],
  ['paid', 'of an order that also expired', expired, [payment('1')]],
];

describe('the status of an order', () => {
  it.each([...LINES, ...NEIGHBOURS])('is %s: %s', (expected, _why, terms, payments) => {
    const { status, flags } = outcome(terms, payments);
    expect(status === 'flagged' ? `flagged: ${flags.join()}` : status).toBe(expected);
    expect(outcome(terms, payments.toReversed())).toEqual(outcome(terms, payments));
  });

  it('has a line for each of these', () => expect(STATUS_TABLE).toHaveLength(14));

  it.each([
    ['reversed', 'open', {}, [failed('1', { amountCaptured: '0', amountReversed: '10000' })]],
    ['reversed', 'partially_paid', {}, [payment('1', { amountCaptured: '7000', amountReversed: '3000' })]],
    ['gateway', 'open', { gateway: 'stripe', account: 'eu' }, [payment('1')]],
    ['account', 'open', { gateway: 'standard', account: 'eu' }, [payment('1')]],
    ['account', 'paid', { account: 'eu' }, [payment('1'), payment('2', { account: 'eu' })]],
    ['gateway', 'paid', { gateway: 'stripe', ...settledAs('paid', '0', ['1']) }, [payment('1')]],
  ] as const)('has the flag %s beside %s', (flag, status, terms, payments) =>
    expect(outcome(terms, payments)).toMatchObject({ flags: [flag], status }),
  );

  it('of an order that nobody registered knows no amount that is due', () => {
    const unknown = { amount: null, currency: null };
    expect(outcome(unknown, [failed('1')]).status).toBe('open');
    expect(outcome(unknown, [payment('1'), payment('2')]).status).toBe('paid');
    expect(outcome(unknown, [payment('1', { amountRefunded: '1' })]).status).toBe('partially_refunded');
    expect(outcome(unknown, [payment('1', { amountRefunded: '10000' })]).status).toBe('refunded');
    const later = payment('2', { currency: 'EUR', capturedAt: at(-1).getTime() });
    expect(outcome(unknown, [later, payment('1')])).toMatchObject({ status: 'flagged', flags: ['currency'] });
  });

  it('changes by itself when an open order expires, and at no other time', () => {
    const next = (terms: Partial<OrderTerms>, payments: PaymentFacts[]) =>
      nextChangeAt(
        { ...TERMS, ...terms },
        collectFacts({ ...TERMS, ...terms }, payments),
        outcome(terms, payments),
        NOW,
      );
    expect(next({ expiresAt: at(1) }, [])).toEqual(at(1));
    expect(next({ expiresAt: at(1) }, [payment('1')])).toBeNull();
    expect(next({ expiresAt: at(1), canceled: true }, [])).toBeNull();
    expect(next(expired, [])).toBeNull();
    expect(next(expired, [payment('1', { state: 'processing' })])).toBeNull();
    expect(next({ expiresAt: at(1) }, [payment('1', { state: 'processing' })])).toBeNull();
    expect(next({}, [])).toBeNull();
  });
});

function told(
  terms: Partial<OrderTerms>,
  payments: readonly PaymentOfStory[],
  before: readonly string[] = [],
): string[] {
  const order = { ...TERMS, ...terms };
  const facts = collectFacts(order, payments);
  return milestonesOf(order, facts, deriveStatus(order, facts, NOW), before).map(nameOfMilestone);
}

/** What is told while the facts become these, one after the other. */
const toldInTurn = (steps: readonly [Partial<OrderTerms>, ...PaymentOfStory[]][]): string[] =>
  steps.reduce<string[]>((before, [terms, ...payments]) => [...before, ...told(terms, payments, before)], []);

const refund = (
  id: string,
  amount: string,
  minutes: number,
  status: 'succeeded' | 'failed' = 'succeeded',
) => ({
  id,
  amount,
  status,
  createdAt: at(minutes).getTime(),
});
const second = { capturedAt: at(-30).getTime() };

describe('what is told of an order', () => {
  it.each<[string, string[], Partial<OrderTerms>, PaymentFacts[]]>([
    ['nothing', [], {}, [failed('1')]],
    ['that it was paid', ['order.paid 1 of 10000'], {}, [payment('1')]],
    [
      'that it was paid, when two paid a part each',
      ['order.paid 1 of 10000'],
      {},
      [payment('1', { amountCaptured: '6000' }), payment('2', { amountCaptured: '4000' })],
    ],
    ['nothing of a part', [], {}, [payment('1', { amountCaptured: '6000' })]],
    [
      'that it was paid, also when it was refunded since',
      ['order.paid 1 of 10000', 'order.refunded 1 1 to 10000'],
      {},
      [payment('1', { amountRefunded: '10000', refunds: [refund('re_1', '10000', -5)] })],
    ],
    [
      'each refund, whatever became of it, and that it was paid again when one failed',
      [
        'order.paid 1 of 10000',
        'order.paid 2 of 10000',
        'order.refunded 1 1 to 3000',
        'order.refunded 1 2 to 3000',
        'order.refunded 1 3 to 3000',
      ],
      {},
      [
        payment('1', {
          amountRefunded: '3000',
          refunds: [
            refund('re_1', '1000', -5),
            refund('re_2', '2000', -4),
            refund('re_3', '9', -6, 'failed'),
          ],
        }),
      ],
    ],
    [
      'a refund of which only the total is known',
      ['order.paid 1 of 10000', 'order.refunded 1 1 to 2500'],
      {},
      [payment('1', { amountRefunded: '2500' })],
    ],
    [
      'that it was paid twice, by the second payment',
      ['order.paid 1 of 10000', 'order.flagged paid_twice 2'],
      {},
      [payment('2', second), payment('1')],
    ],
    [
      'that it was paid again after a refund',
      ['order.paid 1 of 10000', 'order.paid 2 of 10000', 'order.refunded 1 1 to 10000'],
      {},
      [
        payment('2', second),
        payment('1', { amountRefunded: '10000', refunds: [refund('re_1', '10000', -45)] }),
      ],
    ],
    ['that too much came', ['order.flagged amount_over 1'], {}, [payment('1', { amount: '10001' })]],
    ['a dispute', ['order.paid 1 of 10000', 'order.disputed 1 dp_1'], {}, [payment('1', dispute('lost'))]],
    [
      'a dispute that was won, and that it is paid again',
      ['order.paid 1 of 10000', 'order.paid dispute 1 dp_1', 'order.disputed 1 dp_1'],
      {},
      [payment('1', dispute('won'))],
    ],
    [
      'that its money went again',
      ['order.paid 1 of 10000', 'order.flagged reversed 1'],
      {},
      [failed('1', { amountCaptured: '0', amountReversed: '10000', capturedAt: at(-60).getTime() })],
    ],
    [
      'that its money went and came again',
      ['order.paid 1 of 10000', 'order.paid 2 of 10000', 'order.flagged reversed 1'],
      {},
      [payment('1', { amountCaptured: '10000', amountReversed: '10000' })],
    ],
    [
      'money of another currency',
      ['order.paid 1 of 10000', 'order.flagged currency 2'],
      {},
      [payment('1'), payment('2', { ...second, currency: 'EUR' })],
    ],
    ['that it is overdue', [`order.overdue ${at(-1).getTime()}`], expired, []],
    ['that it was canceled', ['order.canceled'], canceled, []],
    [
      'that it was paid after that',
      ['order.flagged paid_after_cancel 1', 'order.canceled'],
      canceled,
      [payment('1')],
    ],
    [
      'that an operator settled it as paid',
      ['order.paid settled s'],
      settledAs('paid', '20000', ['1', '2']),
      [payment('1'), payment('2')],
    ],
    [
      'that an operator settled it as canceled',
      ['order.canceled settled s'],
      settledAs('canceled', '20000', ['1', '2']),
      [payment('1'), payment('2')],
    ],
    ['a payment of another gateway', ['order.flagged gateway 1'], { gateway: 'stripe' }, [failed('1')]],
  ])('is %s', (_what, expected, terms, payments) => {
    expect(told(terms, payments)).toEqual(expected);
    expect(told(terms, payments.toReversed())).toEqual(expected);
  });

  it('names the amount that was due when it was paid', () => {
    const gone = failed('1', {
      amount: '1000',
      amountCaptured: '0',
      amountReversed: '1000',
      capturedAt: at(-60).getTime(),
    });
    const [thousand, more] = [{ amount: '1000' }, { amount: '1500' }];
    const paidMore = payment('2', { ...second, amount: '1500' });
    expect(
      toldInTurn([
        [thousand, payment('1', { amount: '1000' })],
        [thousand, gone],
        [more, gone, paidMore],
      ]),
    ).toEqual(['order.paid 1 of 1000', 'order.flagged reversed 1', 'order.paid 1 of 1500']);
  });

  it('is that it was paid again when a capture took the place of one that was reversed', () => {
    const of = (reversed: boolean, ...captures: PaymentFacts['captures']): PaymentFacts =>
      payment('1', {
        captures,
        amountReversed: reversed ? '6000' : '0',
        amountCaptured: captures
          .filter(({ status }) => status === 'succeeded')
          .reduce((sum, { amount }) => sum + Number(amount), 0)
          .toString(),
      });
    const [a, b, c] = [
      { id: 'a', amount: '4000', status: 'succeeded' },
      { id: 'b', amount: '6000', status: 'succeeded' },
      { id: 'c', amount: '6000', status: 'succeeded' },
    ] as const;
    const lost = { ...b, status: 'reversed' } as const;
    const all = ['order.paid 1 of 10000', 'order.paid 2 of 10000', 'order.flagged reversed 1'];
    expect(told({}, [of(true, a, lost, c)])).toEqual(all);
    expect(
      toldInTurn([
        [{}, of(false, a, b)],
        [{}, of(true, a, lost)],
        [{}, of(true, a, lost, c)],
      ]).toSorted(),
    ).toEqual(all.toSorted());
    // Where all of them fit into the payment, nothing says that the reversal came first.
    expect(told({}, [of(true, { ...a, amount: '1000' }, lost, { ...c, amount: '3000' })])).toEqual([
      'order.paid 1 of 10000',
      'order.flagged reversed 1',
    ]);
  });

  const part = (disputes: Partial<PaymentOfStory>): PaymentOfStory => ({
    ...payment('1', { amount: '4000' }),
    ...disputes,
  });
  const rest = payment('2', { amount: '6000', capturedAt: at(-10).getTime() });
  it.each<[string, number, number, string[]]>([
    ['not paid before', -40, -20, ['order.paid 1 of 10000']],
    ['not paid when it was opened', -40, -5, ['order.paid 1 of 10000']],
    ['paid before', -8, -5, ['order.paid 1 of 10000', 'order.paid dispute 1 dp_1']],
  ])('of a dispute that was won is what the money was: %s', (_what, opened, wonAt, expected) => {
    const disputed = { openedAt: at(opened).getTime(), wonAt: at(wonAt).getTime() };
    expect(told({}, [part({ ...dispute('won'), disputed }), rest])).toEqual([
      ...expected,
      'order.disputed 1 dp_1',
    ]);
  });

  it('is one for a refund by its total and by its id, two for two, and none for a total that falls and rises', () => {
    const one = refund('re_1', '3000', -5);
    const two = refund('re_2', '3000', -4);
    const state = (total: string, ...refunds: PaymentFacts['refunds']): PaymentFacts =>
      payment('1', { amountRefunded: total, refunds });
    const refunds = (...states: PaymentFacts[]): number =>
      toldInTurn(states.map((facts) => [{}, facts])).filter((name) => name.startsWith('order.refunded'))
        .length;
    expect(refunds(state('3000'), state('3000', one))).toBe(1);
    expect(refunds(state('3000', one))).toBe(1);
    expect(refunds(state('3000'), state('1000'), state('3000'))).toBe(1);
    expect(refunds(state('3000'), state('6000'))).toBe(2);
    const end = state('6000', one, two);
    expect(refunds(state('3000'), state('3000', one), state('6000', one), end)).toBe(2);
    expect(refunds(state('3000'), state('6000'), state('6000', two), end)).toBe(2);
    expect(refunds(state('6000'), state('6000', one), end)).toBe(2);
    expect(refunds(state('3000', two), end)).toBe(2);
    expect(refunds(end)).toBe(2);
  });
});
