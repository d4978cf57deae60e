import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { AssertionError } from 'node:assert/strict';
import type { PaymentReport } from '../../src/payments/index.js';
import { gatewayContract, type GatewaySubject } from '../../src/simulator/contract/gateway-contract.js';
import type { Gateway, VerifiedMessage } from '../../src/webhooks/gateways/gateway.js';
import { UntranslatableError } from '../../src/webhooks/gateways/gateway.js';
import { identityInBody } from '../../src/webhooks/gateways/fields/identity.js';
import { fieldOf } from '../../src/webhooks/gateways/fields/wire-fields.js';
import { ippopayGateway } from '../../src/webhooks/gateways/ippopay/ippopay.gateway.js';
import { ippopaySimulator } from '../../src/webhooks/gateways/ippopay/ippopay.simulator.js';
import { stripeGateway } from '../../src/webhooks/gateways/stripe/stripe.gateway.js';
import { stripeSimulator } from '../../src/webhooks/gateways/stripe/stripe.simulator.js';

const KEYS = 'are known by one key each, the same at every delivery, which no other event has';
const VALUES = 'tell the amounts, the currency and the order of the payment, or leave them null';
const AHEAD = 'are an issue, and no report, where their time is more than 5 minutes after receipt';
const SLIGHTLY_AHEAD = "are reported where the gateway's clock is less than 5 minutes ahead";

/** Stripe's gateway, broken in one place. */
const stripeWith = (fault: Partial<Gateway>): GatewaySubject => ({
  gateway: Object.assign(Object.create(stripeGateway) as Gateway, fault),
  simulator: stripeSimulator,
});

/** Stripe's gateway whose reports are changed. `change` gives the fields that are wrong. */
const reporting = (change: (report: PaymentReport) => Partial<PaymentReport>): GatewaySubject =>
  stripeWith({
    translate(dto, message) {
      const translation = stripeGateway.translate(dto, message);
      if (translation.kind !== 'reports') return translation;
      return {
        kind: 'reports',
        reports: translation.reports.map((report) => ({ ...report, ...change(report) })),
      };
    },
  });

/** Stripe's gateway with the key that `keyOf` makes of a message. */
const knownBy = (keyOf: (message: VerifiedMessage) => string | null): GatewaySubject =>
  stripeWith({ identify: (message) => ({ ...stripeGateway.identify(message), key: keyOf(message) }) });

const when = (kinds: readonly string[], fields: Partial<PaymentReport>) => (report: PaymentReport) =>
  kinds.includes(report.kind) ? fields : {};

const FAULTS: readonly (readonly [fault: string, broken: GatewaySubject, failing: string])[] = [
  [
    'has one key for all events of a type',
    stripeWith({ identify: (message) => identityInBody(message, { id: 'type', type: 'type' }) }),
    KEYS,
  ],
  [
    'has one key for all events of a payment',
    knownBy(({ body }) =>
      JSON.stringify(fieldOf(fieldOf(fieldOf(body, 'data'), 'object'), 'payment_intent') ?? 'none'),
    ),
    KEYS,
  ],
  [
    'has another key when a delivery is sent again',
    knownBy(({ headers }) => String(headers['stripe-signature'])),
    KEYS,
  ],
  ['has no key for what it reports', knownBy(() => null), KEYS],
  ['has an empty key', knownBy(() => ''), KEYS],
  [
    'has one key for all events that share a body',
    stripeWith({ eventsIn: ({ body }) => [{ path: '$', body, key: 'the event' }] }),
    KEYS,
  ],
  [
    'has one key for all bodies of several events',
    stripeWith({
      identify: (message) => ({ ...stripeGateway.identify(message), key: 'the body' }),
      eventsIn: ({ body }) => [{ path: '$', body, key: String(fieldOf(body, 'id')) }],
    }),
    KEYS,
  ],
  [
    'has one key for all hints',
    {
      gateway: Object.assign(Object.create(ippopayGateway) as Gateway, {
        identify: () => ({ key: 'hint', eventId: null, type: 'hint', issues: [] }),
      }),
      simulator: ippopaySimulator,
    },
    KEYS,
  ],
  ['tells the same amount of every payment', reporting(when(['succeeded'], { amount: '10000' })), VALUES],
  [
    'tells major units',
    reporting(({ amount }) => ({ amount: amount && String(BigInt(amount) / 100n) })),
    VALUES,
  ],
  ['tells no amount of a payment that succeeded', reporting(when(['succeeded'], { amount: null })), VALUES],
  ['tells no amount of a payment that failed', reporting(when(['failed'], { amount: null })), VALUES],
  ['tells another currency', reporting(() => ({ currency: 'EUR' })), VALUES],
  ['tells an amount without a currency', reporting(when(['created'], { currency: null })), VALUES],
  [
    'tells the payment where the order belongs',
    reporting(({ gatewayPaymentId }) => ({ orderId: gatewayPaymentId })),
    VALUES,
  ],
  ['tells another captured amount', reporting(when(['succeeded'], { amountCaptured: '1' })), VALUES],
  ['tells another total of refunds', reporting(when(['refund_succeeded'], { refundedTotal: '1' })), VALUES],
  [
    'tells another amount of a refund',
    reporting(({ refunds }) => ({ refunds: refunds.map((refund) => ({ ...refund, amount: '1' })) })),
    VALUES,
  ],
  [
    'tells another amount of a dispute',
    reporting(({ dispute }) => ({ dispute: dispute && { ...dispute, amount: '1' } })),
    VALUES,
  ],
  [
    'tells another currency of a dispute',
    reporting(({ dispute }) => ({ dispute: dispute && { ...dispute, currency: 'EUR' } })),
    VALUES,
  ],
  [
    'believes any time',
    stripeWith({
      // The translation checks the time against the receipt, so a later receipt switches the check off.
      translate: (dto, message) =>
        stripeGateway.translate(dto, { ...message, receivedAt: new Date('2100-01-01T00:00:00Z') }),
    }),
    AHEAD,
  ],
  [
    'ignores what comes from the future, without an issue',
    stripeWith({
      translate(dto, message) {
        try {
          return stripeGateway.translate(dto, message);
        } catch (error) {
          if (error instanceof UntranslatableError) return { kind: 'ignored' };
          throw error;
        }
      },
    }),
    AHEAD,
  ],
  [
    'refuses a clock that is a little ahead',
    stripeWith({
      translate: (dto, message) =>
        stripeGateway.translate(dto, {
          ...message,
          receivedAt: new Date(message.receivedAt.getTime() - 5 * 60_000),
        }),
    }),
    SLIGHTLY_AHEAD,
  ],
];

/** What the case says of a gateway; null where the gateway passes it. */
async function verdictOf(subject: GatewaySubject, name: string): Promise<string | null> {
  const cases = gatewayContract(subject).flatMap((group) => group.cases);
  const found = cases.find((each) => each.name === name);
  if (!found) throw new RangeError(`the contract has no case ${name}`);
  try {
    await found.run();
    return null;
  } catch (error) {
    if (error instanceof AssertionError) return error.message;
    throw error;
  }
}

describe('the contract of gateways is broken by a gateway that', () => {
  it.each(FAULTS)('%s', async (_, broken, failing) => {
    expect(await verdictOf(broken, failing)).not.toBeNull();
  });

  it.each([KEYS, VALUES, AHEAD, SLIGHTLY_AHEAD])(
    'but not by one that is whole: messages %s',
    async (name) => {
      expect(await verdictOf(stripeWith({}), name)).toBeNull();
    },
  );
});
