import { ApiProperty } from '@nestjs/swagger';
import { DELIVERY_STATUSES, type Delivery, type DeliveryStatus } from '../delivery.entity.js';

/* What operators see of deliveries. What authenticates is masked before it is stored, so nothing secret is here. */

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
  @ApiProperty({ type: [DeliveryFaultView] }) errors!: DeliveryFaultView[];
  @ApiProperty({ type: String, nullable: true, description: 'Why it is parked, dead or waiting' }) reason!:
    string | null;
  @ApiProperty() receivedAt!: string;
  @ApiProperty({ type: String, nullable: true }) processedAt!: string | null;
  @ApiProperty({ type: String, nullable: true }) nextAttemptAt!: string | null;
}

export class DeliveryView extends DeliverySummaryView {
  @ApiProperty({
    description: 'As received, secrets masked',
    type: 'array',
    items: { type: 'array', items: { type: 'string' } },
  })
  headers!: [string, string][];
  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The bytes as UTF-8 text; null once expired or erased',
  })
  body!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'The exact bytes' }) bodyBase64!: string | null;
}

export class DeliveryPageView {
  @ApiProperty({ type: [DeliverySummaryView] }) items!: DeliverySummaryView[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

export function deliverySummaryOf(delivery: Delivery): DeliverySummaryView {
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
    errors: delivery.errors ?? [],
    reason: delivery.lastError,
    receivedAt: delivery.receivedAt.toISOString(),
    processedAt: delivery.processedAt?.toISOString() ?? null,
    nextAttemptAt: delivery.status === 'pending' ? delivery.nextAttemptAt.toISOString() : null,
  };
}

export function deliveryViewOf(delivery: Delivery): DeliveryView {
  return {
    ...deliverySummaryOf(delivery),
    headers: delivery.headers,
    body: delivery.raw?.toString('utf8') ?? null,
    bodyBase64: delivery.raw?.toString('base64') ?? null,
  };
}
