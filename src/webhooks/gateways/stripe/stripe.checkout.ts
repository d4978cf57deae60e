import { Type } from 'class-transformer';
import { IsObject, IsString, ValidateNested } from 'class-validator';
import type { ReportedCustomer } from '../../../payments/index.js';
import {
  type Identity,
  isValidId,
  type Translation,
  type ValidationIssue,
  type VerifiedMessage,
} from '../gateway.js';
import { fieldOf } from '../fields/wire-fields.js';
import { type ObjectStatement, reportsOfObject } from '../object-reports.js';
import { sha256Hex } from '../signature.js';
import { readIntentObject } from './stripe.intent-objects.js';
import { customerOfSession, orderIdOf } from './stripe.people.js';
import { identifyStripeObject } from './stripe.objects.js';
import { CheckoutSessionObject, PaymentIntentObject } from './stripe-object.dto.js';

/** What a document of {@link checkoutDocument} calls itself: Stripe has no such object. */
const CHECKOUT = 'payhook.checkout';

/** A session with the PaymentIntent that it led to, each as Stripe answered it. */
export class CheckoutAnswer {
  @IsString() object!: typeof CHECKOUT;
  @IsObject() @ValidateNested() @Type(() => CheckoutSessionObject) session!: CheckoutSessionObject;
  @IsObject() @ValidateNested() @Type(() => PaymentIntentObject) payment_intent!: PaymentIntentObject;
}

export const checkoutDocument = (session: Buffer, intent: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from(`{"object":"${CHECKOUT}","session":`),
    session,
    Buffer.from(',"payment_intent":'),
    intent,
    Buffer.from('}'),
  ]);

export const isCheckout = ({ provenance, body }: Pick<VerifiedMessage, 'provenance' | 'body'>): boolean =>
  provenance !== 'received' && fieldOf(body, 'object') === CHECKOUT;

/** An answer that says what an earlier one said is the same one. */
export function identifyCheckout({ raw, body }: Pick<VerifiedMessage, 'raw' | 'body'>): Identity {
  const [session, intent] = (['session', 'payment_intent'] as const).map((name) =>
    identifyStripeObject({ raw, body: fieldOf(body, name) }),
  );
  const id = session?.eventId;
  return {
    key: `checkout:${sha256Hex(`${session?.key}\n${intent?.key}`)}`,
    eventId: isValidId(id) ? id : null,
    type: intent?.type ?? null,
    issues: [],
  };
}

/** The intent says what became of the payment. The session says who pays and for which order, where the intent does not. */
export function translateCheckout(
  { session, payment_intent: intent }: CheckoutAnswer,
  message: Pick<VerifiedMessage, 'mode' | 'receivedAt' | 'observedAt'>,
): Translation {
  const faults: ValidationIssue[] = [];
  const statements = readIntentObject(intent, faults).map((statement) => ({
    ...statement,
    orderId: statement.orderId ?? orderIdOf(session),
    customer: joined(statement.customer ?? null, customerOfSession(session)),
  }));
  const mode = intent.livemode == null ? message.mode : intent.livemode ? 'live' : 'test';
  return reportsOfObject(
    { id: intent.id, type: `checkout:${intent.status}`.slice(0, 255), mode },
    statements,
    message,
    faults,
  );
}

/** Field by field: the payment's own word first. */
function joined(own: ReportedCustomer | null, other: ReportedCustomer | null): ObjectStatement['customer'] {
  if (own === null || other === null) return own ?? other;
  return {
    id: own.id ?? other.id,
    email: own.email ?? other.email,
    phone: own.phone ?? other.phone,
    name: own.name ?? other.name,
    locale: own.locale ?? other.locale,
  };
}
