import {
  ArrayMinSize,
  IsArray,
  IsEmail,
  IsIn,
  IsISO8601,
  IsNumberString,
  IsString,
  Length,
} from 'class-validator';
import { bareReport, type PaymentReport, type ReportKind } from '../../src/payments/index.js';
import { validateItems } from '../../src/webhooks/message/validate-dto.js';
import type {
  Gateway,
  Identity,
  Translation,
  VerificationResult,
  VerifiedMessage,
  Evidence,
} from '../../src/webhooks/gateways/index.js';
import { equalConstantTime, hmacSha256 } from '../../src/webhooks/gateways/signature.js';

const KINDS = { paid: 'succeeded', declined: 'failed' } as const satisfies Record<string, ReportKind>;

class ToyEvent {
  @IsString() @Length(1, 255) payment!: string;
  @IsString() @Length(1, 255) order!: string;
  @IsIn(Object.keys(KINDS)) happened!: keyof typeof KINDS;
  @IsISO8601() at!: string;
  @IsNumberString({ no_symbols: true }) cents!: string;
  @IsEmail() buyer!: string;
}

class ToyBatch {
  @IsString() @Length(1, 255) batch!: string;
  /** Each is read by itself, so that a faulty one does not keep the others from being processed. */
  @IsArray() @ArrayMinSize(1) events!: unknown[];
}

/** A gateway that sends many events in one body, and signs the body whole. */
class ToyGateway implements Gateway {
  readonly name = 'toy';
  readonly contentTypes = ['json'] as const;

  verify({ raw, headers, secrets }: Evidence): VerificationResult {
    const given = Buffer.from(headers['x-toy-signature']?.toString() ?? '', 'base64');
    if (given.length === 0) return { ok: false, reason: 'missing_signature' };
    const secret = secrets.findIndex((candidate) => equalConstantTime(given, hmacSha256(candidate, raw)));
    return secret === -1 ? { ok: false, reason: 'no_secret_matches' } : { ok: true, secret };
  }

  identify({ body }: VerifiedMessage): Identity {
    const id = (body as Partial<ToyBatch> | null)?.batch;
    if (typeof id === 'string') return { key: id, eventId: id, type: 'batch', issues: [] };
    return {
      key: null,
      eventId: null,
      type: null,
      issues: [{ path: 'batch', message: 'must be the id of the batch' }],
    };
  }

  dtoFor(): typeof ToyBatch {
    return ToyBatch;
  }

  translate(dto: object, { mode }: VerifiedMessage): Translation {
    const { items, issues: faults, more } = validateItems(ToyEvent, (dto as ToyBatch).events, 'events');
    const reports = items.map(({ dto: event }) => reportOf(event, mode));
    return { kind: 'reports', reports, places: items.map(({ at }) => at), issues: faults, more };
  }

  /** Wants to be told so in its own words. */
  acknowledge(): { contentType: string; body: string } {
    return { contentType: 'text/plain', body: '[toys received]' };
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
