import { type ClassConstructor } from 'class-transformer';
import {
  type Confirmation,
  type FetchOutcome,
  type Gateway,
  type Identity,
  type ListOutcome,
  type ListRequest,
  type PaymentQuestion,
  isValidId,
  isValidType,
  type Translation,
  type VerifiedMessage,
} from '../gateway.js';
import { identityWithMerchant, merchantOfAnswer } from '../merchant-of-answer.js';
import { sha256Hex } from '../signature.js';
import { envelopeIssues, fieldOf, typeIssue } from '../fields/wire-fields.js';
import { RAZORPAY_NEEDED_TO_ASK, RAZORPAY_SETTINGS } from './razorpay.api.js';
import { confirmRazorpay, fetchPayment } from './razorpay.confirmation.js';
import { RAZORPAY_FAILURES } from './razorpay.failures.js';
import { dtoOfType, RAZORPAY_SUBSCRIBE_TO } from './razorpay.kinds.js';
import { askRazorpayPayment, listRazorpay, RAZORPAY_LISTABLE } from './razorpay.lists.js';
import { razorpayProof } from './razorpay.proof.js';
import { PLACEHOLDER_EMAIL } from './razorpay.people.js';
import { translateRazorpay } from './razorpay.translate.js';
import { identifyRazorpayEntity, translateRazorpayEntity } from './razorpay.objects.js';
import { type RazorpayEvent } from './razorpay-event.dto.js';
import { dtoOfEntity, type RazorpayEntity } from './razorpay-object.dto.js';

/**
 * Razorpay signs the raw body alone, with HMAC-SHA256 in hexadecimal. It signs no time and no event id, so the
 * digest of the body is the key: a replay is a duplicate whatever id it comes under, and `x-razorpay-event-id`
 * is kept only to be shown. After a secret is changed, retries of older events still come under the old one.
 */
export class RazorpayGateway implements Gateway {
  readonly name = 'razorpay';
  readonly proof = razorpayProof;
  /** Razorpay's own programs read `RAZORPAY_…`, too. */
  readonly sharesPrefix = true;
  readonly settings = RAZORPAY_SETTINGS;
  readonly neededToAsk = RAZORPAY_NEEDED_TO_ASK;
  readonly failureReasons = RAZORPAY_FAILURES;
  readonly subscribeTo = RAZORPAY_SUBSCRIBE_TO;
  /** Written where the customer gave no address; checkout samples prefill it, too. */
  readonly placeholderEmails = [PLACEHOLDER_EMAIL] as const;

  /** `account_id` stands on the event, and on no object. */
  readonly answersNameNoMerchant = true;

  identify(message: VerifiedMessage): Identity {
    if (entityIn(message))
      return identityWithMerchant(identifyRazorpayEntity(message), merchantOfAnswer(message));
    const { raw, headers, body } = message;
    const eventId = headers['x-razorpay-event-id'];
    const type = fieldOf(body, 'event');
    return {
      key: sha256Hex(raw),
      eventId: isValidId(eventId) ? eventId : null,
      type: isValidType(type) ? type : null,
      issues: envelopeIssues(body, { event: typeIssue }),
    };
  }

  dtoFor(message: VerifiedMessage): ClassConstructor<RazorpayEvent | RazorpayEntity> | null {
    const entityClass = entityIn(message);
    if (entityClass) return entityClass;
    const { body } = message;
    const type = fieldOf(body, 'event');
    if (typeof type !== 'string') return null;
    return dtoOfType(type, fieldOf(fieldOf(body, 'payload'), 'payment') != null);
  }

  readonly listable = RAZORPAY_LISTABLE;

  list(request: ListRequest, settings: Readonly<Record<string, string>>): Promise<ListOutcome> {
    return listRazorpay(request, settings);
  }

  askPayment(question: PaymentQuestion, settings: Readonly<Record<string, string>>): Promise<ListOutcome> {
    return askRazorpayPayment(question, settings);
  }

  translate(dto: object, message: VerifiedMessage): Translation {
    if (entityIn(message)) return translateRazorpayEntity(dto as RazorpayEntity, message);
    return translateRazorpay(dto as RazorpayEvent, message);
  }

  confirm(body: object, settings: Readonly<Record<string, string>>): Confirmation {
    return confirmRazorpay(body, settings);
  }

  fetch(hint: string, settings: Readonly<Record<string, string>>, now: Date): Promise<FetchOutcome> {
    return fetchPayment(hint, settings, now);
  }
}

/** What Razorpay's API answered is an entity. What came to the endpoint is an event, whatever it says of itself. */
const entityIn = ({ provenance, body }: VerifiedMessage): ClassConstructor<RazorpayEntity> | undefined =>
  provenance === 'received' ? undefined : dtoOfEntity(body);

export const razorpayGateway: Gateway = new RazorpayGateway();
