/** What depends on the API version that an event is written in. */

/** In an event before this version the release of what was not captured is told as a refund of it. */
const BASIL = '2025-03-31';

/**
 * Is it written in a version before 2025-03-31.basil? Versions begin with their date, so text compares as time does.
 * Stripe fills the field in for events from 2014-10-31 on: where it is null or absent the event is older than that.
 */
export function isBeforeBasil(apiVersion: unknown): boolean {
  if (apiVersion === undefined || apiVersion === null || apiVersion === '') return true;
  return typeof apiVersion === 'string' && apiVersion < BASIL;
}

interface ChargeAmounts {
  amount: number;
  amount_captured?: number | null;
  captured?: boolean | null;
}

/**
 * How much of a charge's running total was paid back, in the charge's own units.
 *
 * A partial capture releases the rest of the authorisation. Before basil that release is part of `amount_refunded`.
 * The rule goes with the version of the request that captured, and the event may be of an older one. So the release is
 * subtracted only where the total is large enough to hold it. `amount_captured` is absent in events before 2020.
 */
export function paidBackOf(charge: ChargeAmounts, total: number, apiVersion: unknown): number {
  if (!isBeforeBasil(apiVersion)) return total;
  const captured = charge.amount_captured ?? (charge.captured === false ? 0 : charge.amount);
  const released = charge.amount - captured;
  return released > 0 && total >= released ? total - released : total;
}
