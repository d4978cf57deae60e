import { type ClassConstructor } from 'class-transformer';
import {
  type Gateway,
  type Identity,
  isValidId,
  isValidType,
  type RefusalReason,
  type Translation,
  type VerificationResult,
  type VerifiedMessage,
  type Evidence,
} from '../gateway.js';
import { sha256Hex } from '../signature.js';
import { envelopeFaults, fieldOf, idFault, typeFault } from '../wire-fields.js';
import { standardHeaders } from './standard.headers.js';
import { isStandardEventName } from './standard.kinds.js';
import { isPublicKey, makeStandardSecret, standardSecretFault } from './standard.secrets.js';
import { readStandardClaim, verifyStandard } from './standard.signature.js';
import { translateStandard } from './standard.translate.js';
import { EVENT_DTOS, type StandardEvent, UnknownStandardEvent } from './standard-event.dto.js';

/**
 * The plain payment body (`event`, `timestamp`, `data`), signed by the Standard Webhooks specification: for senders
 * of one's own and for gateways that follow it. A sender that is told 422 can put its body right and send it again
 * under the same `webhook-id`, so that id stays the key even while the body is at fault.
 */
export class StandardGateway implements Gateway {
  readonly name = 'standard';
  readonly contentTypes = ['json'] as const;
  readonly invalidBodyResponse = 'unprocessable';

  checkSecret(secret: string): string | null {
    return standardSecretFault(secret);
  }

  makeSecret(random: Buffer): string {
    return makeStandardSecret(random);
  }

  checkHeaders({ headers, now }: Omit<Evidence, 'raw'>): RefusalReason | null {
    const claim = readStandardClaim(headers, now);
    return 'reason' in claim ? claim.reason : null;
  }

  explainHeaders({ headers, now }: Omit<Evidence, 'raw'>): string | null {
    const claim = readStandardClaim(headers, now);
    return 'reason' in claim ? claim.detail : null;
  }

  verify(input: Evidence): VerificationResult | Promise<VerificationResult> {
    return verifyStandard(input);
  }

  isCostly(secret: string): boolean {
    return isPublicKey(secret);
  }

  identify({ raw, body, headers }: VerifiedMessage): Identity {
    const { id, names } = standardHeaders(headers);
    const name = eventName(body);
    const faults = envelopeFaults(body, {});
    const badId = idFault(id);
    if (badId !== null) faults.push({ path: names.id, message: badId });
    // A name that is missing, or no string, is a fault of the DTO.
    const badName = typeof name === 'string' ? typeFault(name) : null;
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
