import { IsIn } from 'class-validator';
import {
  bareReport,
  currencyCode,
  fieldOf,
  type Gateway,
  type Identity,
  IsCurrency,
  IsGatewayId,
  IsMinorUnits,
  IsUnixSeconds,
  isValidId,
  occurredAtIssue,
  OptionalOrderId,
  OptionalText,
  type ReportKind,
  UntranslatableError,
  type VerifiedMessage,
} from 'payhook/gateway';

/** What Acme calls what happened to a payment. */
export const ACME_KINDS = {
  'payment.paid': 'succeeded',
  'payment.declined': 'failed',
} as const satisfies Record<string, ReportKind>;
type AcmeType = keyof typeof ACME_KINDS;

/** A body of Acme, as far as Payhook reads it. */
export class AcmeEvent {
  @IsIn(Object.keys(ACME_KINDS)) type!: AcmeType;
  @IsUnixSeconds() created!: number;
  @IsGatewayId() payment!: string;
  @IsMinorUnits() amount!: number;
  @IsCurrency() currency!: string;
  @OptionalOrderId() order?: string;
  @OptionalText() reason?: string;
  @OptionalText() phone?: string;
  @OptionalText() email?: string;
}

/** Signs the raw body with HMAC-SHA256, in hexadecimal, and gives every event an id. */
export const acmeGateway: Gateway = {
  name: 'acme',
  proof: { by: 'hmac', at: { header: 'acme-signature' } },
  failureReasons: { insufficient_funds: ['no_money'] },

  identify({ body }: VerifiedMessage): Identity {
    const id = fieldOf(body, 'id');
    const type = fieldOf(body, 'type');
    const eventType = typeof type === 'string' ? type : null;
    if (isValidId(id)) return { key: id, eventId: id, type: eventType, issues: [] };
    return {
      key: null,
      eventId: null,
      type: eventType,
      issues: [{ path: 'id', message: 'must be the id of the event' }],
    };
  },

  dtoFor({ body }: VerifiedMessage) {
    const type = fieldOf(body, 'type');
    return typeof type === 'string' && type.startsWith('payment.') ? AcmeEvent : null;
  },

  translate(dto: object, { mode, receivedAt }: VerifiedMessage) {
    const event = dto as AcmeEvent;
    const occurredAt = new Date(event.created * 1000);
    const issue = occurredAtIssue(occurredAt, receivedAt);
    if (issue !== null) throw new UntranslatableError([{ path: 'created', message: issue }]);
    const { email = null, phone = null } = event;
    const report = bareReport({
      gatewayPaymentId: event.payment,
      kind: ACME_KINDS[event.type],
      type: event.type,
      occurredAt,
      mode,
      currency: currencyCode(event.currency),
      amount: String(event.amount),
      orderId: event.order ?? null,
      customer: { id: null, email, phone, name: null, locale: null },
      failure:
        event.type === 'payment.declined'
          ? { code: event.reason ?? null, message: null, attemptId: null }
          : null,
    });
    return { kind: 'reports', reports: [report] };
  },
};
