import { type ClassConstructor } from 'class-transformer';
import {
  type Gateway,
  type Identity,
  isValidId,
  isValidType,
  type Translation,
  type VerifiedMessage,
} from '../gateway.js';
import { sha256Hex } from '../signature.js';
import { envelopeIssues, fieldOf, idIssue, typeIssue } from '../fields/wire-fields.js';
import { standardHeaders } from './standard.headers.js';
import { EVENTS, isStandardEventName } from './standard.kinds.js';
import { makeStandardSecret, standardSecretIssue } from './standard.secrets.js';
import { standardProof } from './standard.proof.js';
import { translateStandard } from './standard.translate.js';
import { EVENT_DTOS, type StandardEvent, UnknownStandardEvent } from './standard-event.dto.js';

/**
 * The plain payment body (`event`, `timestamp`, `data`), signed by the Standard Webhooks specification: for senders
 * of one's own and for gateways that follow it. A sender that is told 422 can put its body right and send it again
 * under the same `webhook-id`, so that id stays the key even while the body is at fault.
 */
export class StandardGateway implements Gateway {
  readonly name = 'standard';
  readonly proof = standardProof;
  readonly invalidBodyResponse = 'unprocessable';
  readonly subscribeTo = Object.keys(EVENTS);

  checkSecret(secret: string): string | null {
    return standardSecretIssue(secret);
  }

  makeSecret(random: Buffer): string {
    return makeStandardSecret(random);
  }

  identify({ raw, body, headers }: VerifiedMessage): Identity {
    const { id, names } = standardHeaders(headers);
    const name = eventName(body);
    const faults = envelopeIssues(body, {});
    const badId = idIssue(id);
    if (badId !== null) faults.push({ path: names.id, message: badId });
    // A name that is missing, or no string, is a fault of the DTO.
    const badName = typeof name === 'string' ? typeIssue(name) : null;
    if (badName !== null) faults.push({ path: 'event', message: badName });
    const eventId = isValidId(id) ? id : null;
    return { key: eventId ?? sha256Hex(raw), eventId, type: isValidType(name) ? name : null, issues: faults };
  }

  dtoFor({ body }: VerifiedMessage): ClassConstructor<object> | null {
    const name = eventName(body);
    if (typeof name !== 'string') return UnknownStandardEvent;
    if (isStandardEventName(name)) return EVENT_DTOS[name];
    return name.startsWith('payment.') ? UnknownStandardEvent : null;
  }

  translate(dto: object, message: VerifiedMessage): Translation {
    const name = eventName(message.body);
    if (typeof name !== 'string' || !isStandardEventName(name)) return { kind: 'ignored' };
    return translateStandard(name, dto as StandardEvent, message);
  }
}

export const standardGateway: Gateway = new StandardGateway();

const eventName = (body: unknown): unknown => fieldOf(body, 'event') ?? fieldOf(body, 'type');
