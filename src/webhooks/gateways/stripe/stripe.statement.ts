import { type PaymentReport } from '../../../payments/index.js';
import { type ValidationIssue } from '../gateway.js';
import { fieldOf } from '../fields/wire-fields.js';
import { type Dispute, idOf, type NamedObject, type Refund } from './stripe-event.dto.js';

/** What one object of an event says of one payment; the event adds its own type, time, mode and account. */
export type Statement = Pick<PaymentReport, 'gatewayPaymentId' | 'kind'> & Partial<PaymentReport>;

/** The PaymentIntent of a refund or dispute, else its charge, which then is a payment of its own. */
export function paymentIdOf(
  { payment_intent, charge }: Refund | Dispute,
  faults: ValidationIssue[],
  root = 'data.object.',
): string {
  return named(idOf(payment_intent) ?? idOf(fieldOf(charge, 'payment_intent')) ?? idOf(charge), faults, root);
}

/** The payment that an object of any kind is about: itself, or the one it names. */
export function namedPaymentId(object: NamedObject, faults: ValidationIssue[]): string {
  const id = idOf(object.id);
  if (isA('payment_intent', 'pi_', object, id)) return named(id, faults);
  const itself = isA('charge', 'ch_', object, id) ? id : null;
  return named(idOf(object.payment_intent) ?? itself ?? idOf(object.charge), faults);
}

/** By the object's own word, else by how its id begins. */
const isA = (kind: string, prefix: string, { object }: NamedObject, id: string | null): boolean =>
  object == null ? (id?.startsWith(prefix) ?? false) : object === kind;

function named(id: string | null, faults: ValidationIssue[], root = 'data.object.'): string {
  if (id === null) faults.push({ path: `${root}payment_intent`, message: 'must name a payment' });
  return id ?? '';
}
