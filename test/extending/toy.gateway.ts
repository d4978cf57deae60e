import { IsEmail, IsIn, IsISO8601, IsNumberString, IsString, Length } from 'class-validator';
import { bareReport, type PaymentReport, type ReportKind } from '../../src/payments/index.js';
import { fieldOf } from '../../src/webhooks/gateways/fields/wire-fields.js';
import {
  type BodyEvent,
  type Gateway,
  type HmacProof,
  type Identity,
  type OwnAnswer,
  type Translation,
  UntranslatableError,
  type VerifiedMessage,
} from '../../src/webhooks/gateways/index.js';
import { hmacSha256 } from '../../src/webhooks/gateways/signature.js';

const KINDS = { paid: 'succeeded', declined: 'failed' } as const satisfies Record<string, ReportKind>;

class ToyEvent {
  @IsString() @Length(1, 255) payment!: string;
  @IsString() @Length(1, 255) order!: string;
  @IsIn(Object.keys(KINDS)) happened!: keyof typeof KINDS;
  @IsISO8601() at!: string;
  @IsNumberString({ no_symbols: true }) cents!: string;
  @IsEmail() buyer!: string;
}

/** A gateway that sends many events in one body, and signs the body whole. */
class ToyGateway implements Gateway {
  readonly name = 'toy';
  readonly proof: HmacProof = { by: 'hmac', at: { header: 'x-toy-signature' }, encoding: 'base64' };

  identify({ body }: VerifiedMessage): Identity {
    const id = fieldOf(body, 'batch');
    if (typeof id === 'string') return { key: id, eventId: id, type: 'batch', issues: [] };
    const issues = [{ path: 'batch', message: 'must be the id of the batch' }];
    return { key: null, eventId: null, type: null, issues };
  }

  /** The events have no ids: each is known by its place. */
  eventsIn({ body }: VerifiedMessage): BodyEvent[] {
    const events = fieldOf(body, 'events');
    if (!Array.isArray(events) || events.length === 0)
      throw new UntranslatableError([{ path: 'events', message: 'must be a list of events' }]);
    return events.map((event: unknown, at) => ({ path: `events.${at}`, body: event, key: null }));
  }

  dtoFor(): typeof ToyEvent {
    return ToyEvent;
  }

  translate(dto: object, { mode }: VerifiedMessage): Translation {
    return { kind: 'reports', reports: [reportOf(dto as ToyEvent, mode)] };
  }

  /** Wants to be told so in its own words. */
  acknowledge(): OwnAnswer {
    return { status: 200, contentType: 'text/plain', body: '[toys received]' };
  }
}

function reportOf(event: ToyEvent, mode: PaymentReport['mode']): PaymentReport {
  return bareReport({
    gatewayPaymentId: event.payment,
    kind: KINDS[event.happened],
    type: event.happened,
    occurredAt: new Date(event.at),
    mode,
    currency: 'EUR',
    amount: event.cents,
    orderId: event.order,
    customer: { id: null, email: event.buyer, phone: null, name: null, locale: null },
  });
}

export const toyGateway: Gateway = new ToyGateway();

/** The other side of the wire. */
export function toyRequest(secret: string, batch: object): RequestInit {
  const body = Buffer.from(JSON.stringify(batch));
  const signature = hmacSha256(secret, body).toString('base64');
  return {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json', 'x-toy-signature': signature },
  };
}
