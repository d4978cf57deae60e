import type { NextAttempt } from '../../../payments/index.js';
import type { Invoice } from './stripe-event.dto.js';

/** 2100-01-01. A later moment is no plan of Stripe's. */
const MAX_UNIX_SECONDS = 4_102_444_800;

/**
 * When Stripe tries to charge a failed invoice again, as `invoice.payment_failed` tells it. Stripe writes null after the
 * last attempt. Stripe also writes null on every invoice that it sends instead of charging (`send_invoice`): such a null
 * says nothing. Null for everything that is not told.
 */
export function nextAttemptOf(invoice: Invoice): NextAttempt | null {
  const { next_payment_attempt: next } = invoice;
  if (next === null) return (invoice.collection_method ?? invoice.billing) === 'send_invoice' ? null : 'none';
  if (typeof next !== 'number' || !Number.isInteger(next)) return null;
  return next > 0 && next < MAX_UNIX_SECONDS ? new Date(next * 1_000).toISOString() : null;
}
