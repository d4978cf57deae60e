import { type ClassConstructor } from 'class-transformer';
import { type Mode } from '../../../payments/index.js';
import {
  type Confirmation,
  type FetchOutcome,
  type Gateway,
  type Identity,
  isValidId,
  isValidType,
  type ListOutcome,
  type PaymentQuestion,
  type Translation,
  type VerifiedMessage,
} from '../gateway.js';
import { sha256Hex } from '../signature.js';
import { fieldOf } from '../fields/wire-fields.js';
import { orderOf, transactionOf } from './ippopay.answer.js';
import { askIppopay, LIVE_KEY_PREFIX, TEST_KEY_PREFIX } from './ippopay.api.js';
import { askIppopayOrder } from './ippopay.lists.js';
import { isOrderId, orderIdIn } from './ippopay.order-id.js';
import { translateIppopay, typeOfTransaction } from './ippopay.translate.js';
import { IppopayAnswer } from './ippopay-answer.dto.js';
import { IppopayHint } from './ippopay-hint.dto.js';

const HINT: Identity = { key: null, eventId: null, type: 'hint', issues: [] };
const URL_SAFE_TOKEN = /^[A-Za-z0-9._~-]{32,}$/;

/**
 * Ippopay documents no signature and no format for its notifications. So a notification proves nothing: the path
 * ends in a token that only Ippopay was given, the order id is all that is read, and the API is asked what happened.
 */
export class IppopayGateway implements Gateway {
  readonly name = 'ippopay';
  readonly contentTypes = ['json', 'form'] as const;
  readonly tokenInPath = true;
  readonly proof = { by: 'token', at: 'path' } as const;
  readonly settings = {
    PUBLIC_KEY: { kind: 'text' },
    SECRET_KEY: { kind: 'text', secret: true },
    API_URL: { kind: 'url' },
  } as const;
  readonly neededToAsk = ['PUBLIC_KEY', 'SECRET_KEY'];

  checkSecret(secret: string): string | null {
    return URL_SAFE_TOKEN.test(secret)
      ? null
      : 'must be 32 characters or more of letters, digits, - . _ and ~: it is part of a URL';
  }

  makeSecret(random: Buffer): string {
    return random.toString('base64url');
  }

  modeOf({ PUBLIC_KEY = '' }: Readonly<Record<string, string>>): Mode | null {
    if (PUBLIC_KEY.startsWith(TEST_KEY_PREFIX)) return 'test';
    return PUBLIC_KEY.startsWith(LIVE_KEY_PREFIX) ? 'live' : null;
  }

  identify({ provenance, body }: VerifiedMessage): Identity {
    return provenance === 'received' ? HINT : answerIdentity(body);
  }

  dtoFor({ provenance, body }: VerifiedMessage): ClassConstructor<object> | null {
    if (provenance === 'received') return IppopayHint;
    return transactionOf(fieldOf(body, 'transaction')) === null ? null : IppopayAnswer;
  }

  translate(dto: object, message: VerifiedMessage): Translation {
    if (message.provenance !== 'received') return translateIppopay(dto as IppopayAnswer, message);
    const orderId = orderIdIn(dto);
    return isOrderId(orderId) ? { kind: 'hint', hint: orderId } : { kind: 'ignored' };
  }

  /** A hint is the order's id. */
  /** The browser's own words prove nothing, so nothing but the order is read, as in a notification. */
  confirm(body: object): Confirmation {
    const orderId = orderIdIn(body);
    return isOrderId(orderId)
      ? { kind: 'hint', hint: orderId }
      : { kind: 'invalid', issues: [{ path: 'order_id', message: 'must be the id of an order' }] };
  }

  fetch(hint: string, settings: Readonly<Record<string, string>>): Promise<FetchOutcome> {
    return askIppopay(hint, settings);
  }

  readonly knownOrdersOnly = true;

  askPayment(question: PaymentQuestion, settings: Readonly<Record<string, string>>): Promise<ListOutcome> {
    return askIppopayOrder(question, settings);
  }
}

export const ippopayGateway: Gateway = new IppopayGateway();

/** An answer that says what an earlier one said is the same one: asking twice makes no second event. */
function answerIdentity(body: unknown): Identity {
  const order = orderOf(fieldOf(body, 'order'));
  const transaction = transactionOf(fieldOf(body, 'transaction'));
  const id = fieldOf(transaction, 'trans_id');
  const status = fieldOf(transaction, 'status');
  const said = [
    fieldOf(order, 'order_id'),
    id,
    status,
    fieldOf(transaction, 'refund_status'),
    fieldOf(order, 'amount'),
  ];
  const type = typeof status === 'string' ? typeOfTransaction(status) : null;
  return {
    key: `fetched:${sha256Hex(JSON.stringify(said))}`,
    eventId: isValidId(id) ? id : null,
    type: isValidType(type) ? type : null,
    issues: [],
  };
}
