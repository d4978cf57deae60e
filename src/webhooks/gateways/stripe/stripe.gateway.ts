import { type ClassConstructor } from 'class-transformer';
import {
  type Gateway,
  type Identity,
  isValidId,
  isValidType,
  type RefusalReason,
  type Translation,
  type Verdict,
  type VerifiedMessage,
  type VerifyInput,
} from '../gateway.js';
import { sha256Hex } from '../signature.js';
import { envelopeFaults, fieldOf, idFault, typeFault } from '../wire-fields.js';
import { dtoOfType } from './stripe.kinds.js';
import { explainStripeHeader } from './stripe.header-faults.js';
import { checkStripeHeader, verifyStripe } from './stripe.signature.js';
import { translateStripe } from './stripe.translate.js';
import { type StripeEvent } from './stripe-event.dto.js';

/** Stripe, snapshot events of API versions 2020-08-27 and later. */
export class StripeGateway implements Gateway {
  readonly name = 'stripe';
  readonly contentTypes = ['json'] as const;

  makeSecret(random: Buffer): string {
    return `whsec_${random.toString('base64url')}`;
  }

  checkHeaders({ headers, now }: Omit<VerifyInput, 'raw'>): RefusalReason | null {
    const checked = checkStripeHeader(headers, now);
    return typeof checked === 'string' ? checked : null;
  }

  explainHeaders({ headers, now }: Omit<VerifyInput, 'raw'>): string | null {
    return explainStripeHeader(headers, now);
  }

  verify(input: VerifyInput): Verdict {
    return verifyStripe(input);
  }

  identify({ raw, body }: VerifiedMessage): Identity {
    const id = fieldOf(body, 'id');
    const type = fieldOf(body, 'type');
    const faults = envelopeFaults(body, { id: idFault, type: typeFault });
    const eventId = isValidId(id) ? id : null;
    return {
      key: eventId === null || faults.length > 0 ? sha256Hex(raw) : eventId,
      eventId,
      type: isValidType(type) ? type : null,
      faults,
    };
  }

  /** A thin event (`v2.core.event`) carries no object, only where to ask for one: it is left alone. */
  dtoFor({ body }: VerifiedMessage): ClassConstructor<StripeEvent> | null {
    const type = fieldOf(body, 'type');
    if (typeof type !== 'string' || fieldOf(body, 'object') === 'v2.core.event') return null;
    return dtoOfType(type);
  }

  translate(dto: object, message: VerifiedMessage): Translation {
    return translateStripe(dto as StripeEvent, message);
  }
}

export const stripeGateway: Gateway = new StripeGateway();
