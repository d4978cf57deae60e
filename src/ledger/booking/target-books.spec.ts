import { describe, expect, it } from '@jest/globals';
import type { PaymentFacts } from '../../feature.js';
import { expectedBalances } from '../check/expected-balances.js';

const PLAIN: PaymentFacts = {
  paymentId: '019abf6e-5c00-7000-8000-000000000001',
  gateway: 'toy',
  account: 'eu',
  gatewayPaymentId: 'pay_1',
  gatewayOrderId: null,
  orderId: null,
  merchant: null,
  mode: 'live',
  state: 'succeeded',
  status: 'succeeded',
  currency: 'USD',
  amount: '1000',
  amountCaptured: '1000',
  amountRefunded: '0',
  amountDisputed: '0',
  amountReversed: '0',
  fee: null,
  captures: [],
  refunds: [],
  disputes: [],
  createdAt: new Date(0),
  capturedAt: 0,
};
const dispute = (status: 'open' | 'won' | 'lost' | 'closed', amount: string | null = '400') => ({
  id: `dp_${status}`,
  amount,
  status,
  reason: null,
});
const GATEWAY = 'gateway:toy:eu';

/** Debits less credits of each ledger account that holds money. */
const ofUsd: readonly (readonly [string, Partial<PaymentFacts>, Record<string, string>])[] = [
  ['a capture', {}, { [GATEWAY]: '1000', revenue: '-1000' }],
  ['nothing captured', { state: 'failed', amountCaptured: null }, {}],
  ['an authorisation', { state: 'authorized', amountCaptured: null }, {}],
  ['a success without a figure', { amountCaptured: null }, { [GATEWAY]: '1000', revenue: '-1000' }],
  ['a partial capture', { amountCaptured: '300' }, { [GATEWAY]: '300', revenue: '-300' }],
  ['no currency', { currency: null }, {}],
  [
    'a reversal of a part',
    { amountCaptured: '600', amountReversed: '400' },
    { [GATEWAY]: '600', revenue: '-1000', reversals: '400' },
  ],
  [
    'a reversal of all',
    { state: 'failed', amountCaptured: '0', amountReversed: '1000' },
    { revenue: '-1000', reversals: '1000' },
  ],
  [
    'a refund, pending ones included',
    { amountRefunded: '250' },
    { [GATEWAY]: '750', revenue: '-1000', refunds: '250' },
  ],
  [
    'a dispute',
    { disputes: [dispute('open')] },
    { [GATEWAY]: '600', revenue: '-1000', 'disputes:open': '400' },
  ],
  [
    'a dispute that was lost',
    { disputes: [dispute('lost')] },
    { [GATEWAY]: '600', revenue: '-1000', 'disputes:lost': '400' },
  ],
  [
    'disputes that were won or ended',
    { disputes: [dispute('won'), dispute('closed')] },
    { [GATEWAY]: '1000', revenue: '-1000' },
  ],
  [
    'a dispute without an amount',
    { disputes: [dispute('open', null)] },
    { [GATEWAY]: '1000', revenue: '-1000' },
  ],
  [
    'more going than came',
    { amountRefunded: '1000', disputes: [dispute('lost', '1000')] },
    { [GATEWAY]: '-1000', revenue: '-1000', refunds: '1000', 'disputes:lost': '1000' },
  ],
  [
    'a fee',
    { fee: { amount: '30', currency: 'USD' } },
    { [GATEWAY]: '970', revenue: '-1000', 'fees:toy': '30' },
  ],
  ['a fee of nothing', { fee: { amount: '0', currency: 'USD' } }, { [GATEWAY]: '1000', revenue: '-1000' }],
];

describe('the books of a payment', () => {
  it.each(ofUsd)('with %s', (_case, facts, balances) => {
    const found = expectedBalances({ ...PLAIN, ...facts });
    expect(Object.fromEntries(found.map(({ name, balance }) => [name, balance.toString()]))).toEqual(
      balances,
    );
  });

  it('have a fee of another currency in accounts of that currency', () => {
    const found = expectedBalances({
      ...PLAIN,
      mode: 'test',
      merchant: 'acct_1',
      fee: { amount: '25', currency: 'EUR' },
    });
    const of = (name: string, currency: string, balance: bigint) => ({
      ...{ name, currency, balance },
      ...{ mode: 'test', merchant: 'acct_1' },
    });
    expect(found).toEqual([
      of('revenue', 'USD', -1000n),
      of(GATEWAY, 'USD', 1000n),
      of('fees:toy', 'EUR', 25n),
      of(GATEWAY, 'EUR', -25n),
    ]);
  });
});
