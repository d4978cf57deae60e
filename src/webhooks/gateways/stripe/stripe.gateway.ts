import { type ClassConstructor } from 'class-transformer';
import {
  type Gateway,
  type Identity,
  type ListOutcome,
  type ListRequest,
  type PaymentQuestion,
  type Translation,
  UntranslatableError,
  type VerifiedMessage,
} from '../gateway.js';
import { identityInBody } from '../fields/identity.js';
import { fieldOf } from '../fields/wire-fields.js';
import { STRIPE_NEEDED_TO_ASK, STRIPE_SETTINGS } from './stripe.api.js';
import { STRIPE_FAILURES } from './stripe.failures.js';
import { dtoOfType, isThinPaymentType } from './stripe.kinds.js';
import { askStripePayment, listStripe, STRIPE_LISTABLE } from './stripe.lists.js';
import { stripeProof } from './stripe.proof.js';
import { isStripeTest, STRIPE_SUBSCRIBE_TO } from './stripe.subscriptions.js';
import { translateStripe } from './stripe.translate.js';
import { type StripeEvent, ThinEvent } from './stripe-event.dto.js';
import { dtoOfObject, type StripeApiObject } from './stripe-object.dto.js';
import { identifyStripeObject, translateStripeObject } from './stripe.objects.js';

/** Why a thin event of a payment is parked: it carries no object, and nothing here can ask for it yet. */
const CANNOT_BE_FETCHED = {
  path: 'related_object',
  message: 'is not in a thin event and cannot be fetched yet: send snapshot events to this endpoint',
};

const ENVELOPE = { id: 'id', type: 'type' } as const;

/** Stripe, snapshot events of all API versions; thin events are kept until they can be fetched. */
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
    return objectIn(message) ? identifyStripeObject(message) : identityInBody(message, ENVELOPE);
  }

  isTest(message: VerifiedMessage): boolean {
    return isStripeTest(message);
  }

  /** A thin event (`v2.core.event`) carries no object, only where to ask for one. */
  dtoFor(message: VerifiedMessage): ClassConstructor<StripeEvent | ThinEvent | StripeApiObject> | null {
    const objectClass = objectIn(message);
    if (objectClass) return objectClass;
    const { body } = message;
    const type = fieldOf(body, 'type');
    if (typeof type !== 'string') return null;
    if (fieldOf(body, 'object') !== 'v2.core.event') return dtoOfType(type);
    return isThinPaymentType(type) ? ThinEvent : null;
  }

  readonly listable = STRIPE_LISTABLE;

  list(request: ListRequest, settings: Readonly<Record<string, string>>): Promise<ListOutcome> {
    return listStripe(request, settings);
  }

  askPayment(question: PaymentQuestion, settings: Readonly<Record<string, string>>): Promise<ListOutcome> {
    return askStripePayment(question, settings);
  }

  translate(dto: object, message: VerifiedMessage): Translation {
    if (dto instanceof ThinEvent) throw new UntranslatableError([CANNOT_BE_FETCHED]);
    if (objectIn(message)) return translateStripeObject(dto as StripeApiObject, message);
    return translateStripe(dto as StripeEvent, message);
  }
}

/** What Stripe's API answered may be an object. What came to the endpoint is an event, whatever it says of itself. */
const objectIn = ({ provenance, body }: VerifiedMessage): ClassConstructor<StripeApiObject> | undefined =>
  provenance === 'received' ? undefined : dtoOfObject(body);

export const stripeGateway: Gateway = new StripeGateway();
