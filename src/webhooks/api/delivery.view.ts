import { ApiProperty } from '@nestjs/swagger';
import { maskCardNumbers } from '../../platform/logging/card-numbers.js';
import { maskKnownSecrets } from '../receive/masked-headers.js';
import { MAX_ISSUES } from '../message/issue-list.js';
import { DELIVERY_STATUSES, type Delivery, type DeliveryStatus } from '../inbox/delivery.entity.js';
import { PayloadUnreadableError } from '../inbox/payload-cipher.errors.js';
import type { PayloadCipher } from '../inbox/payload-cipher.js';

/* What operators see of deliveries. What authenticates is masked before it is stored, card numbers when it is shown. */

export class DeliveryFaultView {
  @ApiProperty({ description: 'Where in the body; $ is the body itself' }) path!: string;
  @ApiProperty() message!: string;
}

export class DeliverySummaryView {
  @ApiProperty() id!: string;
  @ApiProperty() gateway!: string;
  @ApiProperty() account!: string;
  @ApiProperty({ type: String, nullable: true }) eventId!: string | null;
  @ApiProperty({ type: String, nullable: true }) type!: string | null;
  @ApiProperty({ enum: DELIVERY_STATUSES }) status!: DeliveryStatus;
  @ApiProperty({ enum: ['received', 'fetched'] }) provenance!: string;
  @ApiProperty({ type: String, nullable: true, description: 'The hint that made us ask' }) causedBy!:
    string | null;
  @ApiProperty({ enum: ['verified', 'hint', 'fetched'] }) verdict!: string;
  @ApiProperty({ description: 'How often it was worked on' }) attempts!: number;
  @ApiProperty({ description: 'How often the gateway sent it' }) receipts!: number;
  @ApiProperty({
    type: [DeliveryFaultView],
    maxItems: MAX_ISSUES,
    description: `What is wrong with the body, at most ${MAX_ISSUES} of it; \`moreErrors\` says how many more there are`,
  })
  errors!: DeliveryFaultView[];
  @ApiProperty({ description: 'How many faults there are beyond those in `errors`' }) moreErrors!: number;
  @ApiProperty({
    description: 'True where the body holds several events, and those that are not at fault were processed',
  })
  partial!: boolean;
  @ApiProperty({ type: String, nullable: true, description: 'Why it is parked, dead or waiting' }) reason!:
    string | null;
  @ApiProperty() receivedAt!: string;
  @ApiProperty({ type: String, nullable: true }) processedAt!: string | null;
  @ApiProperty({ type: String, nullable: true }) nextAttemptAt!: string | null;
}

export class DeliveryView extends DeliverySummaryView {
  @ApiProperty({
    description: 'As received, secrets and card-like numbers masked',
    type: 'array',
    items: { type: 'array', items: { type: 'string' } },
  })
  headers!: [string, string][];
  @ApiProperty({
    type: String,
    nullable: true,
    description:
      'The bytes as UTF-8 text, card-like numbers masked but for their last four digits; null once expired or erased',
  })
  body!: string | null;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The exact bytes; null where something in `body` is masked',
  })
  bodyBase64!: string | null;
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Why the body is not shown, or not byte for byte, though it is stored',
  })
  bodyNotice!: string | null;
}

export class DeliveryPageView {
  @ApiProperty({ type: [DeliverySummaryView] }) items!: DeliverySummaryView[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export function toDeliverySummary(delivery: Delivery): DeliverySummaryView {
  return {
    id: delivery.id,
    gateway: delivery.gateway,
    account: delivery.account,
    eventId: delivery.eventId,
    type: delivery.eventType,
    status: delivery.status,
    provenance: delivery.provenance,
    causedBy: delivery.causedBy,
    verdict: delivery.verdict,
    attempts: delivery.attempts,
    receipts: delivery.receipts,
    errors: (delivery.errors ?? []).map(({ path, message }) => ({ path, message: maskCardNumbers(message) })),
    moreErrors: delivery.moreErrors,
    partial: delivery.partial,
    reason: delivery.lastError && maskCardNumbers(delivery.lastError),
    receivedAt: delivery.receivedAt.toISOString(),
    processedAt: delivery.processedAt?.toISOString() ?? null,
    nextAttemptAt: delivery.status === 'pending' ? delivery.nextAttemptAt.toISOString() : null,
  };
}

/** `secrets` are those that may stand in the body: a gateway may echo the address that it was told to call. */
export function toDeliveryView(
  delivery: Delivery,
  vault: PayloadCipher,
  secrets: readonly string[],
): DeliveryView {
  return {
    ...toDeliverySummary(delivery),
    headers: delivery.headers.map(([name, value]) => [name, maskCardNumbers(value)]),
    ...toShownBody(delivery, vault, secrets),
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
