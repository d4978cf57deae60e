import { ApiProperty } from '@nestjs/swagger';
import { ACCOUNT, COUNT, DATE_TIME, GATEWAY, textOrNull, UUID } from '../../platform/http/schema-types.js';
import { DELIVERY_STATUSES, type DeliveryStatus } from '../inbox/delivery.entity.js';
import { MAX_TYPES_SHOWN, type TypeCounts } from '../inbox/delivery-summary.store.js';

export class DeliveryTypeView {
  @ApiProperty(GATEWAY) gateway!: string;
  @ApiProperty(ACCOUNT) account!: string;
  @ApiProperty(textOrNull('payment.updated', 'In the gateway’s words; null where a message has none'))
  type!: string | null;
  @ApiProperty({ enum: DELIVERY_STATUSES, example: 'processed' }) status!: DeliveryStatus;
  @ApiProperty({ ...COUNT, example: 12 }) count!: number;
  @ApiProperty({ ...DATE_TIME, description: 'When the first one came' }) first!: string;
  @ApiProperty({ ...DATE_TIME, description: 'When the last one came' }) last!: string;
  @ApiProperty({ ...UUID, description: 'One of them, the newest' }) exampleId!: string;
}

export class DeliveryTypesView {
  @ApiProperty({
    type: [DeliveryTypeView],
    maxItems: MAX_TYPES_SHOWN,
    description: `At most ${MAX_TYPES_SHOWN}: those with the most deliveries`,
  })
  items!: DeliveryTypeView[];
  @ApiProperty({ ...COUNT, description: 'How many there are beyond those in `items`' }) more!: number;
}

export const toDeliveryTypesView = ({ counts, more }: TypeCounts): DeliveryTypesView => ({
  items: counts.map(({ count, first, last, ...of }) => ({
    ...of,
    count: Number(count),
    first: first.toISOString(),
    last: last.toISOString(),
  })),
  more,
});
