import { type ClassConstructor } from 'class-transformer';
import {
  type Confirmation,
  type FetchOutcome,
  type EndpointOutcome,
  type Gateway,
  type Identity,
  type ListOutcome,
  type ListRequest,
  type PaymentQuestion,
  type Translation,
  type VerifiedMessage,
} from '../gateway.js';
import { identityInBody } from '../fields/identity.js';
import { fieldOf } from '../fields/wire-fields.js';
import { STRIPE_NEEDED_TO_ASK, STRIPE_SETTINGS } from './stripe.api.js';
import { CheckoutAnswer, identifyCheckout, isCheckout, translateCheckout } from './stripe.checkout.js';
import { confirmStripe, fetchSession, sessionInHint } from './stripe.confirmation.js';
import { askStripeEndpoint } from './stripe.endpoints.js';
import { STRIPE_FAILURES } from './stripe.failures.js';
import { fetchThinEvent } from './stripe.fetch.js';
import { dtoOfType, isThinPaymentType } from './stripe.kinds.js';
import { askStripePayment, listStripe, STRIPE_LISTABLE } from './stripe.lists.js';
import { stripeProof } from './stripe.proof.js';
import { isStripeTest, STRIPE_SUBSCRIBE_TO } from './stripe.subscriptions.js';
import { connectedAccountOf, decodeHint, encodeHint, readThinEvent, THIN_OBJECT } from './stripe.thin.js';
import { translateStripe } from './stripe.translate.js';
import { type StripeEvent, ThinEvent } from './stripe-event.dto.js';
import { dtoOfObject, type StripeApiObject } from './stripe-object.dto.js';
import { identifyStripeObject, translateStripeObject } from './stripe.objects.js';

const ENVELOPE = { id: 'id', type: 'type' } as const;

/** Stripe: snapshot events of all API versions, thin events, and objects as its API answers them. */
export class StripeGateway implements Gateway {
  readonly name = 'stripe';
  readonly proof = stripeProof;
  readonly failureReasons = STRIPE_FAILURES;
  readonly subscribeTo = STRIPE_SUBSCRIBE_TO;
  readonly settings = STRIPE_SETTINGS;
  readonly sharesPrefix = true;
  readonly neededToAsk = STRIPE_NEEDED_TO_ASK;

  makeSecret(random: Buffer): string {
    return `whsec_${random.toString('base64url')}`;
  }

  identify(message: VerifiedMessage): Identity {
    if (isCheckout(message)) return identifyCheckout(message);
    return objectIn(message) ? identifyStripeObject(message) : identityInBody(message, ENVELOPE);
  }

  isTest(message: VerifiedMessage): boolean {
    return isStripeTest(message);
  }

  /** A thin event (`v2.core.event`) carries no object, only where to ask for one. */
  dtoFor(
    message: VerifiedMessage,
  ): ClassConstructor<StripeEvent | ThinEvent | StripeApiObject | CheckoutAnswer> | null {
    if (isCheckout(message)) return CheckoutAnswer;
    const objectClass = objectIn(message);
    if (objectClass) return objectClass;
    const { body } = message;
    const type = fieldOf(body, 'type');
    if (typeof type !== 'string') return null;
    if (fieldOf(body, 'object') !== THIN_OBJECT) return dtoOfType(type);
    return isThinPaymentType(type) ? ThinEvent : null;
  }

  readonly listable = STRIPE_LISTABLE;

  list(request: ListRequest, settings: Readonly<Record<string, string>>): Promise<ListOutcome> {
    return listStripe(request, settings);
  }

  askPayment(question: PaymentQuestion, settings: Readonly<Record<string, string>>): Promise<ListOutcome> {
    return askStripePayment(question, settings);
  }

  endpoint(path: string, settings: Readonly<Record<string, string>>): Promise<EndpointOutcome> {
    return askStripeEndpoint(path, settings);
  }

  translate(dto: object, message: VerifiedMessage): Translation {
    if (dto instanceof CheckoutAnswer) return translateCheckout(dto, message);
    if (dto instanceof ThinEvent) return { kind: 'hint', hint: encodeHint(readThinEvent(dto, message)) };
    const translation = objectIn(message)
      ? translateStripeObject(dto as StripeApiObject, message)
      : translateStripe(dto as StripeEvent, message);
    return withMerchant(translation, connectedAccountOf(message));
  }

  confirm(body: object): Confirmation {
    return confirmStripe(body);
  }

  fetch(hint: string, settings: Readonly<Record<string, string>>, now: Date): Promise<FetchOutcome> {
    const session = sessionInHint(hint);
    return session === null ? fetchThinEvent(hint, settings) : fetchSession(session, settings, now);
  }

  hintedAt(hint: string): Date | null {
    return decodeHint(hint)?.created ?? null;
  }
}

/** What Stripe's API answered may be an object. What came to the endpoint is an event, whatever it says of itself. */
const objectIn = ({ provenance, body }: VerifiedMessage): ClassConstructor<StripeApiObject> | undefined =>
  provenance === 'received' ? undefined : dtoOfObject(body);

/** An answer may leave out the connected account that was asked. The hint named it. */
function withMerchant(translation: Translation, merchant: string | null): Translation {
  if (translation.kind !== 'reports' || merchant === null) return translation;
  const reports = translation.reports.map((report) => ({ ...report, merchant: report.merchant ?? merchant }));
  return { ...translation, reports };
}

export const stripeGateway: Gateway = new StripeGateway();
