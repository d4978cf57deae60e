import { ApiProperty } from '@nestjs/swagger';
import { maskCardNumbers } from '../../platform/logging/card-numbers.js';
import { pageViewOf } from '../../platform/http/page.js';
import {
  ACCOUNT,
  COUNT,
  DATE_TIME,
  GATEWAY,
  orNull,
  textOrNull,
  UUID,
} from '../../platform/http/schema-types.js';
import { maskKnownSecrets } from '../secrets/mask-known-secrets.js';
import { isTestKey } from '../message/interpret-message.js';
import { MAX_ISSUES } from '../message/issue-list.js';
import {
  DELIVERY_PROVENANCES,
  DELIVERY_STATUSES,
  DELIVERY_VERDICTS,
  shownStatus,
  type Delivery,
  type DeliveryStatus,
} from '../inbox/delivery.entity.js';
import { PayloadUnreadableError } from '../inbox/payload-cipher.errors.js';
import type { PayloadCipher } from '../inbox/payload-cipher.js';

/* What operators see of deliveries. Credentials are masked before a delivery is stored, card numbers when it is shown. */

export class DeliveryFaultView {
  @ApiProperty({ description: 'Where in the body; `$` is the body itself', example: 'data.amount' })
  path!: string;
  @ApiProperty({ example: 'must be a decimal' }) message!: string;
}

export class DeliverySummaryView {
  @ApiProperty(UUID) id!: string;
  @ApiProperty(GATEWAY) gateway!: string;
  @ApiProperty(ACCOUNT) account!: string;
  @ApiProperty(textOrNull('msg_1')) eventId!: string | null;
  @ApiProperty(textOrNull('payment.updated', 'In the gateway’s words')) type!: string | null;
  @ApiProperty({ enum: DELIVERY_STATUSES, example: 'processed' }) status!: DeliveryStatus;
  @ApiProperty({
    enum: DELIVERY_PROVENANCES,
    description:
      'Sent by the gateway, fetched from it, found by a reconciliation, or a question by which a shop confirms',
  })
  provenance!: string;
  @ApiProperty({ ...orNull(UUID), example: null, description: 'The hint that caused the fetch' })
  causedBy!: string | null;
  @ApiProperty({ enum: DELIVERY_VERDICTS }) verdict!: string;
  @ApiProperty({ ...COUNT, description: 'How often it was processed', example: 1 }) attempts!: number;
  @ApiProperty({ ...COUNT, description: 'How often the gateway sent it', example: 1 }) receipts!: number;
  @ApiProperty({
    type: [DeliveryFaultView],
    maxItems: MAX_ISSUES,
    example: [],
    description: `What is wrong with the body: at most ${MAX_ISSUES} faults`,
  })
  errors!: DeliveryFaultView[];
  @ApiProperty({ ...COUNT, description: 'How many faults there are beyond those in `errors`' })
  moreErrors!: number;
  @ApiProperty({
    example: false,
    description: 'The body holds several events; the faulty ones are parked, and the others were processed',
  })
  partial!: boolean;
  @ApiProperty({
    example: false,
    description: 'The gateway’s own test of the endpoint: no event; those of a type are one delivery',
  })
  test!: boolean;
  @ApiProperty({ ...textOrNull('TimeoutError', 'Why it is parked, dead or waiting'), example: null })
  reason!: string | null;
  @ApiProperty(DATE_TIME) receivedAt!: string;
  @ApiProperty({
    ...orNull(DATE_TIME),
    description: 'When its reports were recorded, or when work on it last changed it',
  })
  processedAt!: string | null;
  @ApiProperty({ ...orNull(DATE_TIME), example: null }) nextAttemptAt!: string | null;
}

export class DeliveryView extends DeliverySummaryView {
  @ApiProperty({
    description: 'Names and values as received, secrets and card-like numbers masked',
    type: 'array',
    items: { type: 'array', items: { type: 'string' }, minItems: 2, maxItems: 2 },
    example: [['content-type', 'application/json']],
  })
  headers!: [string, string][];
  @ApiProperty(
    textOrNull(
      '{"event":"payment.updated"}',
      'The bytes as UTF-8 text; of card-like numbers only the last four digits are shown; null once expired or erased',
    ),
  )
  body!: string | null;
  @ApiProperty(
    textOrNull(
      'eyJldmVudCI6InBheW1lbnQudXBkYXRlZCJ9',
      'The exact bytes; null where something in `body` is masked',
    ),
  )
  bodyBase64!: string | null;
  @ApiProperty({
    ...textOrNull('', 'Why a stored body is not shown, or not byte for byte'),
    example: null,
  })
  bodyNotice!: string | null;
}

export class DeliveryPageView extends pageViewOf(DeliverySummaryView) {}

/** `processed` has the times of deliveries whose rows have none. */
export function toDeliverySummary(
  delivery: Delivery,
  processed: ReadonlyMap<string, Date>,
): DeliverySummaryView {
  const { lastError: reason, dueAt } = delivery.work ?? {
    lastError: delivery.lastError,
    dueAt: delivery.nextAttemptAt,
  };
  return {
    id: delivery.id,
    gateway: delivery.gateway,
    account: delivery.account,
    eventId: delivery.eventId,
    type: delivery.eventType,
    status: shownStatus(delivery),
    provenance: delivery.provenance,
    causedBy: delivery.causedBy,
    verdict: delivery.verdict,
    attempts: delivery.work?.attempts ?? delivery.attempts,
    receipts: delivery.receipts,
    errors: (delivery.errors ?? []).map(({ path, message }) => ({ path, message: maskCardNumbers(message) })),
    moreErrors: delivery.moreErrors,
    partial: delivery.partial,
    test: isTestKey(delivery.key),
    reason: reason && maskCardNumbers(reason),
    receivedAt: delivery.receivedAt.toISOString(),
    processedAt: (delivery.processedAt ?? processed.get(delivery.id))?.toISOString() ?? null,
    nextAttemptAt: (shownStatus(delivery) === 'pending' && dueAt?.toISOString()) || null,
  };
}

interface ViewContext {
  processed: ReadonlyMap<string, Date>;
  cipher: PayloadCipher;
  /** Those that may stand in the body: a gateway may echo the address that it was told to call. */
  secrets: readonly string[];
}

export function toDeliveryView(
  delivery: Delivery,
  { processed, cipher, secrets }: ViewContext,
): DeliveryView {
  return {
    ...toDeliverySummary(delivery, processed),
    headers: delivery.headers.map(([name, value]) => [name, maskCardNumbers(value)]),
    ...toShownBody(delivery, cipher, secrets),
  };
}

const CARDS_MASKED = 'numbers that look like card numbers are masked; they are stored as received';
const SECRETS_MASKED = 'a secret of this service is masked; it is stored as received';

type ShownBody = Pick<DeliveryView, 'body' | 'bodyBase64' | 'bodyNotice'>;

/** A key that is missing takes the body out of the view, not the view away. */
function toShownBody(
  { id, raw, payloadKey }: Delivery,
  vault: PayloadCipher,
  secrets: readonly string[],
): ShownBody {
  if (raw === null) return { body: null, bodyBase64: null, bodyNotice: null };
  try {
    const bytes = vault.decrypt({ id, raw, payloadKey });
    const text = bytes.toString('utf8');
    const secretless = maskKnownSecrets(text, secrets);
    const body = maskCardNumbers(secretless);
    const notices = [
      ...(secretless === text ? [] : [SECRETS_MASKED]),
      ...(body === secretless ? [] : [CARDS_MASKED]),
    ];
    if (notices.length > 0) return { body, bodyBase64: null, bodyNotice: notices.join('; ') };
    return { body, bodyBase64: bytes.toString('base64'), bodyNotice: null };
  } catch (error) {
    if (!(error instanceof PayloadUnreadableError)) throw error;
    return { body: null, bodyBase64: null, bodyNotice: error.message };
  }
}
