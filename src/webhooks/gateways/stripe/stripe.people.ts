import { type ReportedCustomer, type ReportedFailure } from '../../../payments/index.js';
import { fieldOf, firstText } from '../fields/wire-fields.js';
import {
  type Charge,
  type CheckoutSession,
  idOf,
  type Invoice,
  type PaymentIntent,
} from './stripe-event.dto.js';

/** Where a PaymentIntent may say who pays. Nothing of it need be there, or be of any form. */
export interface SaysWhoPays {
  customer?: unknown;
  receipt_email?: unknown;
  latest_charge?: unknown;
  charges?: unknown;
  payment_method?: unknown;
  last_payment_error?: unknown;
  shipping?: unknown;
  billing_details?: unknown;
}

/** Who paid, for which order, and why it failed, as far as an object tells it. */

/** Names under which merchants keep their order in an object's metadata. */
export function orderIdOf(object: {
  metadata?: unknown;
  client_reference_id?: string | null;
}): string | null {
  const { metadata, client_reference_id } = object;
  return firstText(fieldOf(metadata, 'orderId'), fieldOf(metadata, 'order_id'), client_reference_id);
}

/**
 * A receipt's address was given for this payment. After it comes what the customer's record says, then the charge and
 * the card. Whom the goods are sent to is asked last, for a name and a phone.
 */
export function customerOfIntent(intent: SaysWhoPays): ReportedCustomer | null {
  const charge = newestCharge(intent);
  const error = intent.last_payment_error;
  const told = { email: firstText(intent.receipt_email, fieldOf(charge, 'receipt_email')) };
  return customer(intent.customer, told, [
    intent.customer,
    fieldOf(charge, 'customer'),
    fieldOf(charge, 'billing_details'),
    fieldOf(fieldOf(error, 'payment_method'), 'billing_details'),
    fieldOf(intent.payment_method, 'billing_details'),
    intent.billing_details,
    ...holders(fieldOf(charge, 'source')),
    ...holders(fieldOf(error, 'source')),
    intent.shipping,
  ]);
}

export function customerOfCharge(charge: Charge): ReportedCustomer | null {
  return customer(charge.customer, { email: charge.receipt_email }, [
    charge.billing_details,
    charge.customer,
    ...holders(charge.source ?? charge.card),
    charge.shipping,
  ]);
}

export function customerOfSession(session: CheckoutSession): ReportedCustomer | null {
  const { customer_email: email, locale } = session;
  return customer(session.customer, { locale }, [session.customer_details, { email }, session.customer]);
}

export function customerOfInvoice(invoice: Invoice): ReportedCustomer | null {
  const { customer_email: email, customer_name: name, customer_phone: phone } = invoice;
  return customer(invoice.customer, {}, [{ email, name, phone }, invoice.customer]);
}

export function failureOf(intent: PaymentIntent): ReportedFailure {
  const error = intent.last_payment_error;
  return {
    code: firstText(error?.decline_code, error?.code),
    message: firstText(error?.message),
    attemptId: idOf(error?.charge) ?? idOf(newestCharge(intent)) ?? idOf(intent.latest_charge),
  };
}

/** A charge's code is `card_declined` for nearly everything. What the bank answered stands in the outcome. */
export function failureOfCharge(charge: unknown): ReportedFailure {
  const outcome = fieldOf(charge, 'outcome');
  const declined = fieldOf(outcome, 'type') === 'issuer_declined';
  return {
    code: firstText(declined ? fieldOf(outcome, 'reason') : null, fieldOf(charge, 'failure_code')),
    message: firstText(fieldOf(charge, 'failure_message')),
    attemptId: idOf(charge),
  };
}

/**
 * The whole newest charge, where the event holds it: `latest_charge` expanded, or listed in `charges` beside its id.
 * Without any, the reference that there is.
 */
export function newestCharge({ latest_charge: latest, charges }: SaysWhoPays): unknown {
  if (typeof latest === 'object' && latest !== null) return latest;
  const data = fieldOf(charges, 'data');
  const listed: readonly unknown[] = Array.isArray(data) ? data : [];
  if (latest == null) return listed[0] ?? null;
  return listed.find((charge) => idOf(charge) === latest) ?? latest;
}

/** The holder of a card or a source of the Charges API. Old checkouts wrote an address into the card's name. */
function holders(source: unknown): readonly unknown[] {
  const name = fieldOf(source, 'name');
  return [fieldOf(source, 'owner'), typeof name === 'string' && !name.includes('@') ? { name } : null];
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

/** RFC 5646, section 4.4.1: a tag needs no more. */
const LONGEST_TAG = 35;

/** A language tag that means a language: Stripe's `auto` says only that the browser was asked. */
function realLocale(value: unknown): string | null {
  // Length first: `Intl` takes more than linear time over a tag.
  if (typeof value !== 'string' || value.length > LONGEST_TAG) return null;
  if (!/^[a-z]{2,3}(?:-|$)/i.test(value)) return null;
  try {
    return Intl.getCanonicalLocales(value)[0] ?? null;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
