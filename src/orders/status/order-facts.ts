import { effectiveCaptured, orderOfPayment, type MinorUnits, type PaymentFacts } from '../../feature.js';

/** What was agreed about an order: by its registration, or by nobody (`amount` is null). */
export interface OrderTerms {
  /** In minor units; null where nobody registered the order. */
  amount: MinorUnits | null;
  /** Null where nobody registered the order: it is that of the first payment then. */
  currency: string | null;
  /** Only payments of this gateway count; null for any. */
  gateway: string | null;
  /** Only payments of this account count; null for any. */
  account: string | null;
  expiresAt: Date | null;
  canceled: boolean;
  settlement: Settlement | null;
}

/** How an operator settled a flagged order. It holds as long as the money is as it was then. */
export interface Settlement {
  id: string;
  as: 'paid' | 'canceled';
  captured: MinorUnits;
  refunded: MinorUnits;
  /** The payments with captured money, sorted. */
  paying: readonly string[];
}

/** Why a payment does not count for an order. */
export type Mismatch = 'gateway' | 'account';

/** A payment, and when its disputes were, in milliseconds since 1970, as far as it is known. */
export type PaymentOfStory = PaymentFacts & { disputed?: { openedAt: number | null; wonAt: number | null } };

/** One payment of an order, as the status of the order sees it. */
export interface OrderPayment {
  payment: PaymentOfStory;
  captured: bigint;
  refunded: bigint;
  mismatch: Mismatch | null;
  /** Its money is in another currency than the order's. */
  foreign: boolean;
  /** When its money came, as far as it is known, in milliseconds since 1970. */
  paidAt: number;
}

/** All that the status of an order depends on. */
export interface OrderFacts {
  currency: string | null;
  /** E: what is due. What came, where nobody registered the order. */
  due: bigint;
  /** C: captured over the payments that count, in the order's currency. */
  captured: bigint;
  /** R: refunded, over the same payments. */
  refunded: bigint;
  /** Every payment of the order, those whose money came first before the others. */
  payments: readonly OrderPayment[];
  /** Those that count. */
  counting: readonly OrderPayment[];
  /** Those of the counting ones that hold money in the order's currency: captured and not wholly refunded. */
  holding: readonly OrderPayment[];
  /** Those of the counting ones with money in another currency that was not wholly refunded. */
  foreign: readonly OrderPayment[];
  /** The ids of the payments with captured money, sorted. */
  paying: readonly string[];
}

export function collectFacts(terms: OrderTerms, payments: readonly PaymentOfStory[]): OrderFacts {
  const known = payments.map((payment) => toOrderPayment(terms, payment)).sort(byTimeOfMoney);
  const currency = terms.currency ?? currencyOf(known);
  const all = known.map((one) => ({ ...one, foreign: isForeign(one, currency) }));
  const counting = all.filter(({ mismatch }) => mismatch === null);
  const own = counting.filter(({ foreign }) => !foreign);
  const captured = sumOf(own, 'captured');
  return {
    currency,
    due: terms.amount === null ? captured : BigInt(terms.amount),
    captured,
    refunded: sumOf(own, 'refunded'),
    payments: all,
    counting,
    holding: own.filter(holdsMoney),
    foreign: counting.filter((one) => one.foreign && holdsMoney(one)),
    paying: all
      .filter((one) => one.captured > 0n)
      .map(({ payment }) => payment.paymentId)
      .sort(),
  };
}

const holdsMoney = ({ captured, refunded }: OrderPayment): boolean => captured > refunded;

const sumOf = (payments: readonly OrderPayment[], amount: 'captured' | 'refunded'): bigint =>
  payments.reduce((sum, one) => sum + one[amount], 0n);

function toOrderPayment(terms: OrderTerms, payment: PaymentOfStory): OrderPayment {
  return {
    payment,
    captured: BigInt(effectiveCaptured(payment)),
    refunded: BigInt(payment.amountRefunded),
    mismatch: mismatchOf(terms, payment),
    foreign: false,
    paidAt: payment.capturedAt ?? payment.createdAt.getTime(),
  };
}

/** Why a payment does not count; null where it does. */
export function mismatchOf(
  { gateway, account }: Pick<OrderTerms, 'gateway' | 'account'>,
  payment: Pick<PaymentFacts, 'gateway' | 'account'>,
): Mismatch | null {
  if (gateway !== null && payment.gateway !== gateway) return 'gateway';
  return account !== null && payment.account !== account ? 'account' : null;
}

/** A payment without a currency has no amount of its own yet. */
const isForeign = ({ payment }: OrderPayment, currency: string | null): boolean =>
  payment.currency !== null && currency !== null && payment.currency !== currency;

const currencyOf = (payments: readonly OrderPayment[]): string | null =>
  payments.find(({ payment }) => payment.currency !== null)?.payment.currency ?? null;

/** By what the gateways tell and never by ids of ours, so that the order of arrival does not matter. */
function byTimeOfMoney(one: OrderPayment, other: OrderPayment): number {
  if (one.paidAt !== other.paidAt) return one.paidAt - other.paidAt;
  const [a, b] = [nameOf(one), nameOf(other)];
  return a < b ? -1 : a > b ? 1 : 0;
}

const nameOf = ({ payment }: OrderPayment): string =>
  JSON.stringify([orderOfPayment(payment), payment.gateway, payment.account, payment.gatewayPaymentId]);
