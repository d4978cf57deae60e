import { ApiProperty } from '@nestjs/swagger';
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
import { MAX_SHOWN_ITEMS } from '../reconciliation/limits.js';
import { ITEM_KINDS } from '../reconciliation/reconciliation-item.entity.js';
import { RECONCILIATION_ORIGINS, type Reconciliation } from '../reconciliation/reconciliation.entity.js';
import type { ShownItem } from '../reconciliation/reconciliations.reader.js';

const SHOWN_STATUSES = ['running', 'completed', 'failed'] as const;

export class ReconciliationItemView {
  @ApiProperty({ description: 'The kind of object, in the gateway’s words', example: 'payment_intents' })
  what!: string;
  @ApiProperty({ description: 'The gateway’s id of the object', example: 'pi_1' }) id!: string;
  @ApiProperty({ ...orNull(UUID), description: 'Null while the payment is not stored' })
  paymentId!: string | null;
  @ApiProperty({
    description: 'What the payment shows, and what the gateway says; without personal data',
    example: 'state: processing → succeeded',
  })
  difference!: string;
  @ApiProperty({ enum: ITEM_KINDS, example: 'different' }) kind!: string;
  @ApiProperty(textOrNull('pi_1', 'The gateway’s id of the payment')) gatewayPaymentId!: string | null;
  @ApiProperty({ ...orNull(UUID), description: 'The delivery that the object entered as' })
  deliveryId!: string | null;
}

export class ReconciliationSummaryView {
  @ApiProperty(UUID) id!: string;
  @ApiProperty(GATEWAY) gateway!: string;
  @ApiProperty(ACCOUNT) account!: string;
  @ApiProperty({ enum: SHOWN_STATUSES, example: 'completed' }) status!: (typeof SHOWN_STATUSES)[number];
  @ApiProperty({ description: 'Nothing was stored but the run', example: false }) dryRun!: boolean;
  @ApiProperty({ enum: RECONCILIATION_ORIGINS, example: 'schedule' }) origin!: string;
  @ApiProperty({ ...DATE_TIME, description: 'Objects created at this time or later were listed' })
  since!: string;
  @ApiProperty({ ...DATE_TIME, description: 'Objects created before this time were listed' }) until!: string;
  @ApiProperty({ ...COUNT, description: 'Objects whose payment was not stored', example: 1 })
  missing!: number;
  @ApiProperty({ ...COUNT, description: 'Objects that say something else than their payment' })
  different!: number;
  @ApiProperty({ ...COUNT, description: 'Objects that say what is stored', example: 41 }) same!: number;
  @ApiProperty({ ...COUNT, description: 'Items that are neither missing nor different' }) problems!: number;
  @ApiProperty({ ...COUNT, description: 'Requests made to the gateway', example: 3 }) requests!: number;
  @ApiProperty({
    ...textOrNull('status 429', 'Why the run failed, or why its last request did'),
    example: null,
  })
  reason!: string | null;
  @ApiProperty({ ...orNull(DATE_TIME), description: 'When the next request may be made' })
  nextRequestAt!: string | null;
  @ApiProperty(DATE_TIME) createdAt!: string;
  @ApiProperty(orNull(DATE_TIME)) finishedAt!: string | null;
}

export class ReconciliationView extends ReconciliationSummaryView {
  @ApiProperty({
    type: [ReconciliationItemView],
    maxItems: MAX_SHOWN_ITEMS,
    description: `The first ${MAX_SHOWN_ITEMS} objects that are not the same`,
  })
  items!: ReconciliationItemView[];
}

export class ReconciliationPageView extends pageViewOf(ReconciliationSummaryView) {}

export class ReconciliationStartedView {
  @ApiProperty(UUID) id!: string;
}

export const toReconciliationSummary = (run: Reconciliation): ReconciliationSummaryView => ({
  id: run.id,
  gateway: run.gateway,
  account: run.account,
  status: run.status === 'pending' ? 'running' : run.status,
  dryRun: run.dryRun,
  origin: run.origin,
  since: run.since.toISOString(),
  until: run.until.toISOString(),
  missing: run.missing,
  different: run.different,
  same: run.same,
  problems: run.problems,
  requests: run.requests,
  reason: run.lastError,
  nextRequestAt: run.status === 'pending' ? run.dueAt.toISOString() : null,
  createdAt: run.createdAt.toISOString(),
  finishedAt: run.finishedAt?.toISOString() ?? null,
});

export const toReconciliationView = (
  run: Reconciliation,
  items: readonly ShownItem[],
): ReconciliationView => ({
  ...toReconciliationSummary(run),
  items: items.map(({ what, objectId, paymentId, difference, kind, gatewayPaymentId, deliveryId }) => ({
    what,
    id: objectId,
    paymentId,
    difference,
    kind,
    gatewayPaymentId,
    deliveryId,
  })),
});
