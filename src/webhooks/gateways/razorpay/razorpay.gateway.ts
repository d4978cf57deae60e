import { type ClassConstructor } from 'class-transformer';
import {
  type Gateway,
  type Identity,
  isValidId,
  isValidType,
  type Refusal,
  type RefusalReason,
  type Translation,
  type VerificationResult,
  type VerifiedMessage,
  type Evidence,
} from '../gateway.js';
import { equalConstantTime, hexSignature, hmacSha256, sha256Hex } from '../signature.js';
import { envelopeFaults, fieldOf, typeFault } from '../wire-fields.js';
import { dtoOfType } from './razorpay.kinds.js';
import { translateRazorpay } from './razorpay.translate.js';
import { type RazorpayEvent } from './razorpay-event.dto.js';

/**
 * Razorpay signs the raw body alone, with HMAC-SHA256 in hexadecimal. It signs no time and no event id, so the
 * digest of the body is the key: a replay is a duplicate whatever id it comes under, and `x-razorpay-event-id`
 * is kept only to be shown. After a secret is changed, retries of older events still come under the old one.
 */
export class RazorpayGateway implements Gateway {
  readonly name = 'razorpay';
  readonly contentTypes = ['json'] as const;

  checkHeaders({ headers }: Omit<Evidence, 'raw'>): RefusalReason | null {
    const claim = claimIn(headers);
    return 'reason' in claim ? claim.reason : null;
  }

  explainHeaders({ headers }: Omit<Evidence, 'raw'>): string | null {
    const claim = claimIn(headers);
    return 'reason' in claim ? claim.detail : null;
  }

  verify({ raw, headers, secrets }: Evidence): VerificationResult {
    const claim = claimIn(headers);
    if ('reason' in claim) return { ok: false, reason: claim.reason };
    const secret = secrets.findIndex((candidate) =>
      equalConstantTime(claim.signature, hmacSha256(candidate, raw)),
    );
    return secret === -1 ? { ok: false, reason: 'no_secret_matches' } : { ok: true, secret };
  }

  identify({ raw, headers, body }: VerifiedMessage): Identity {
    const eventId = headers['x-razorpay-event-id'];
    const type = fieldOf(body, 'event');
    return {
      key: sha256Hex(raw),
      eventId: isValidId(eventId) ? eventId : null,
      type: isValidType(type) ? type : null,
      issues: envelopeFaults(body, { event: typeFault }),
    };
  }

  dtoFor({ body }: VerifiedMessage): ClassConstructor<RazorpayEvent> | null {
    const type = fieldOf(body, 'event');
    if (typeof type !== 'string') return null;
    return dtoOfType(type, fieldOf(fieldOf(body, 'payload'), 'payment') != null);
  }

  translate(dto: object, message: VerifiedMessage): Translation {
    return translateRazorpay(dto as RazorpayEvent, message);
  }
}

export const razorpayGateway: Gateway = new RazorpayGateway();

/** What the header claims, or what is wrong with it, in one reading for whoever asks. */
function claimIn(headers: Evidence['headers']): { signature: Buffer } | Refusal {
  const header = headers['x-razorpay-signature']?.toString();
  if (!header) return { reason: 'missing_signature', detail: 'x-razorpay-signature is missing' };
  const signature = hexSignature(header);
  if (signature) return { signature };
  return { reason: 'malformed_signature', detail: 'x-razorpay-signature is not 64 hexadecimal digits' };
}
