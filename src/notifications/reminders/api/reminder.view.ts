import { ApiProperty } from '@nestjs/swagger';
import { MODES } from '../../../payments/index.js';
import { pageViewOf } from '../../../platform/http/page.js';
import { DATE_TIME, textOrNull, UUID } from '../../../platform/http/schema-types.js';
import type { DunnedOrder } from '../dunned-order.entity.js';

/** A reminder that waits for its day. Once it is due it is a notification. */
export class ReminderView {
  @ApiProperty({ example: 'ord_1' }) orderId!: string;
  @ApiProperty({ enum: MODES }) mode!: string;
  @ApiProperty({ ...textOrNull('acct_1', 'Where one endpoint serves several merchants'), example: null })
  merchant!: string | null;
  @ApiProperty({ ...UUID, description: 'The payment that failed last' }) paymentId!: string;
  @ApiProperty({
    ...DATE_TIME,
    description: "The order's first failure since its last success, by the gateway's clock",
  })
  startedAt!: string;
  @ApiProperty({ type: 'number', example: 3, description: 'Which of DUNNING_DAYS' }) day!: number;
  @ApiProperty(DATE_TIME) dueAt!: string;
}

export class ReminderPageView extends pageViewOf(ReminderView) {}

export const toReminderView = (row: DunnedOrder): ReminderView => ({
  orderId: row.orderId,
  mode: row.mode,
  merchant: row.merchant === '' ? null : row.merchant,
  paymentId: row.paymentId,
  startedAt: row.startedAt.toISOString(),
  day: row.day ?? 0,
  dueAt: row.dueAt.toISOString(),
});
