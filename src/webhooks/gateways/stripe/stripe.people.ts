import { type ReportedCustomer, type ReportedFailure } from '../../../payments/index.js';
import { fieldOf, firstText } from '../wire-fields.js';
import { type Charge, type CheckoutSession, idOf, type PaymentIntent } from './stripe-event.dto.js';

/** Who paid, for which order, and why it failed, as far as an object tells it. */

/** Names under which merchants keep their order in an object's metadata. */
export function orderIdOf(object: {
  metadata?: object | null;
  client_reference_id?: string | null;
}): string | null {
  const { metadata, client_reference_id } = object;
  return firstText(fieldOf(metadata, 'orderId'), fieldOf(metadata, 'order_id'), client_reference_id);
}

/** A receipt's address was given for this payment; after it comes what the customer's record or the card says. */
export function customerOfIntent(intent: PaymentIntent): ReportedCustomer | null {
  return customer(intent.customer, { email: intent.receipt_email }, [
    intent.customer,
    fieldOf(latestCharge(intent), 'billing_details'),
    fieldOf(intent.last_payment_error?.payment_method, 'billing_details'),
  ]);
}

export function customerOfCharge(charge: Charge): ReportedCustomer | null {
  return customer(charge.customer, { email: charge.receipt_email }, [
    charge.billing_details,
    charge.customer,
  ]);
}

export function customerOfSession(session: CheckoutSession): ReportedCustomer | null {
  const { customer_email: email, locale } = session;
  return customer(session.customer, { locale }, [session.customer_details, { email }, session.customer]);
}

export function failureOf(intent: PaymentIntent): ReportedFailure {
  const error = intent.last_payment_error;
  return {
    code: firstText(error?.decline_code, error?.code),
    message: firstText(error?.message),
    attemptId: idOf(error?.charge) ?? idOf(latestCharge(intent)),
  };
}

/** The newest charge, by its id or whole: `latest_charge` of newer versions, the first of the older ones' list. */
function latestCharge(intent: PaymentIntent): unknown {
  if (intent.latest_charge != null) return intent.latest_charge;
  const listed = fieldOf(intent.charges, 'data');
  return Array.isArray(listed) ? (listed[0] as unknown) : null;
}

/** Field by field the first of the sources that tells it; null when none tells anything. */
function customer(
  reference: unknown,
  told: { email?: unknown; locale?: unknown },
  sources: readonly unknown[],
): ReportedCustomer | null {
  const first = (field: string) => firstText(...sources.map((source) => fieldOf(source, field)));
  const customer = {
    id: idOf(reference),
    email: firstText(told.email) ?? first('email'),
    phone: first('phone'),
    name: first('name'),
    locale: realLocale(told.locale),
  };
  return Object.values(customer).some((value) => value !== null) ? customer : null;
}

/** A language tag that means a language: Stripe's `auto` says only that the browser was asked. */
function realLocale(value: unknown): string | null {
  if (typeof value !== 'string' || !/^[a-z]{2,3}(?:-|$)/i.test(value)) return null;
  try {
    return Intl.getCanonicalLocales(value)[0] ?? null;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
