import { ApiProperty, PickType } from '@nestjs/swagger';
import { badRequest } from '../../platform/http/problem.js';
import { FlagOfBody, OneOfFilter } from '../../platform/http/query-filters.js';
import { COUNT, UUID } from '../../platform/http/schema-types.js';
import { type DeliveryFilter, isEmptyFilter } from '../inbox/delivery-filter.js';
import { DeliveriesQuery } from './deliveries.query.js';

/** Which deliveries to replay, and how. At least one filter must be given. */
export class ReplayRequest extends PickType(DeliveriesQuery, [
  'status',
  'gateway',
  'account',
  'type',
  'from',
  'to',
] as const) {
  @FlagOfBody({ description: 'The replay of a processed delivery may alert customers of what it changes' })
  alerts?: boolean;

  @FlagOfBody({ description: 'Change nothing, and answer what a replay would change' })
  dryRun?: boolean;
}

/**
 * What a checked request asks for.
 * @throws Problem 400 for an empty filter: it would replay every delivery that is stored.
 */
export function toReplay({ alerts = false, dryRun = false, ...filter }: ReplayRequest): {
  readonly filter: DeliveryFilter;
  readonly alerts: boolean;
  readonly dryRun: boolean;
} {
  if (isEmptyFilter(filter))
    throw badRequest('name at least one of status, gateway, account, type, from, to');
  return { filter, alerts, dryRun };
}

const FLAGS = ['true', 'false'] as const;

/** How to replay one delivery. */
export class ReplayOneQuery {
  @OneOfFilter(FLAGS, { description: 'The replay may alert customers of what it changes' })
  alerts?: 'true' | 'false';
  @OneOfFilter(FLAGS, { description: 'Change nothing, and answer what a replay would change' })
  dryRun?: 'true' | 'false';
}

export class ReplayView {
  @ApiProperty(UUID) id!: string;
  @ApiProperty({ enum: ['pending'] }) status!: 'pending';
}

export class ReplaysView {
  @ApiProperty({ ...COUNT, description: 'How many deliveries will be replayed', example: 12 })
  deliveries!: number;
  @ApiProperty({ enum: ['pending'] }) status!: 'pending';
}

/** What a replay would do. */
export class PreviewView {
  @ApiProperty({ ...COUNT, example: 12 }) deliveries!: number;
  @ApiProperty({ ...COUNT, description: 'Payments whose row or timeline would change', example: 2 })
  payments!: number;
  @ApiProperty({ ...COUNT, description: 'Messages that would go out' }) alerts!: number;
  @ApiProperty({ ...COUNT, description: 'Orders that a gateway would be asked about' }) questions!: number;
  @ApiProperty({ ...COUNT, description: 'Deliveries that would be parked or dead again' })
  unreadable!: number;
  @ApiProperty({ description: 'Only the oldest 1,000 deliveries were looked at', example: false })
  more!: boolean;
  @ApiProperty({ description: 'The same in one sentence', example: 'would change 2 payments, send 0 alerts' })
  summary!: string;
}
