import type { MinorUnits } from '../report/payment-report.js';
import type { MoneyFacts } from './money-facts.js';
import type { PaymentState } from './state-transitions.js';

/**
 * What a payment captured, as orders and books see it. While no report told a figure, a payment that succeeded captured its
 * `amount`. Money that was reversed is not captured.
 */
export function effectiveCaptured({
  state,
  amount,
  amountCaptured,
}: Pick<MoneyFacts, 'amount' | 'amountCaptured'> & { state: PaymentState }): MinorUnits {
  return amountCaptured ?? (state === 'succeeded' ? amount : null) ?? '0';
}

/** Everything that was captured was refunded, and something was. */
export function isWhollyRefunded(
  payment: Parameters<typeof effectiveCaptured>[0] & Pick<MoneyFacts, 'amountRefunded'>,
): boolean {
  const refunded = BigInt(payment.amountRefunded);
  return refunded > 0n && refunded >= BigInt(effectiveCaptured(payment));
}
