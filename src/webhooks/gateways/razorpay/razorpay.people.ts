import { type ReportedCustomer, type ReportedFailure } from '../../../payments/index.js';
import { fieldOf, firstText } from '../fields/wire-fields.js';
import { type RazorpayPayload } from './razorpay-event.dto.js';

/** Who paid, for which order, and why it failed, as far as an event's entities tell it. */

/** The entity of one name in a payload; undefined where there is none. */
export const entityOf = (payload: RazorpayPayload, name: keyof RazorpayPayload): unknown =>
  fieldOf(payload[name], 'entity');

/** The payment's own notes first, then those of what it pays. */
const NOTED = [
  'payment',
  'order',
  'payment_link',
  'invoice',
  'subscription',
  'qr_code',
  'virtual_account',
] as const;

/**
 * The merchant's own order id: in the notes, else the receipt of the order or invoice, else the reference of the payment
 * link. Razorpay's order is no word of the merchant's and goes to `gatewayOrderId`.
 */
export function orderIdOf(payload: RazorpayPayload): string | null {
  const notes = NOTED.map((name) => fieldOf(entityOf(payload, name), 'notes'));
  return firstText(
    ...notes.flatMap((note) => [textOf(fieldOf(note, 'orderId')), textOf(fieldOf(note, 'order_id'))]),
    textOf(fieldOf(entityOf(payload, 'order'), 'receipt')),
    textOf(fieldOf(entityOf(payload, 'invoice'), 'receipt')),
    textOf(fieldOf(entityOf(payload, 'payment_link'), 'reference_id')),
  );
}

export function gatewayOrderIdOf(payload: RazorpayPayload): string | null {
  return firstText(
    fieldOf(entityOf(payload, 'payment'), 'order_id'),
    fieldOf(entityOf(payload, 'order'), 'id'),
    fieldOf(entityOf(payload, 'payment_link'), 'order_id'),
    fieldOf(entityOf(payload, 'invoice'), 'order_id'),
  );
}

/** The payer as the payment tells, else as the link or the invoice was made out to. */
export function customerOf(payload: RazorpayPayload): ReportedCustomer | null {
  const payment = entityOf(payload, 'payment');
  const link = fieldOf(entityOf(payload, 'payment_link'), 'customer');
  const billed = fieldOf(entityOf(payload, 'invoice'), 'customer_details');
  const first = (field: string) =>
    firstText(
      textOf(fieldOf(link, field)),
      textOf(fieldOf(billed, field)),
      textOf(fieldOf(billed, `customer_${field}`)),
    );
  const customer = {
    id: firstText(
      fieldOf(payment, 'customer_id'),
      fieldOf(entityOf(payload, 'invoice'), 'customer_id'),
      fieldOf(entityOf(payload, 'subscription'), 'customer_id'),
    ),
    email: givenAddress(fieldOf(payment, 'email')) ?? first('email'),
    phone: firstText(textOf(fieldOf(payment, 'contact'))) ?? first('contact'),
    name: firstText(fieldOf(fieldOf(payment, 'card'), 'name')) ?? first('name'),
    locale: null,
  };
  return Object.values(customer).some((value) => value !== null) ? customer : null;
}

/** What Razorpay writes for a customer who gave no address: it must not take the place of one that was given. */
export const PLACEHOLDER_EMAIL = 'void@razorpay.com';

function givenAddress(value: unknown): string | null {
  const address = firstText(value);
  return address?.trim().toLowerCase() === PLACEHOLDER_EMAIL ? null : address;
}

/** The reason is the finer word: `error_code` is BAD_REQUEST_ERROR for nearly everything. */
export function failureOf(payment: unknown): ReportedFailure {
  return {
    code: firstText(fieldOf(payment, 'error_reason'), fieldOf(payment, 'error_code')),
    message: firstText(fieldOf(payment, 'error_description')),
    attemptId: firstText(fieldOf(payment, 'id')),
  };
}

/** Merchants write numbers into notes too. */
const textOf = (value: unknown): unknown => (Number.isSafeInteger(value) ? String(value) : value);
