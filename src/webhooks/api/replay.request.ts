import { ApiProperty, ApiPropertyOptional, PickType } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsOptional } from 'class-validator';
import { DeliveriesQuery } from './deliveries.query.js';

/** Which deliveries to work on again, and how. */
export class ReplayRequest extends PickType(DeliveriesQuery, [
  'status',
  'gateway',
  'account',
  'type',
  'from',
  'to',
] as const) {
  @ApiPropertyOptional({
    description: 'Processed work run again may alert of what it changes',
    default: false,
  })
  @IsOptional()
  @IsBoolean()
  alerts?: boolean;

  @ApiPropertyOptional({ description: 'Only tell what would change', default: false })
  @IsOptional()
  @IsBoolean()
  dryRun?: boolean;
}

const FLAGS = ['true', 'false'] as const;

/** How to work on one delivery again. */
export class ReplayOneQuery {
  @ApiPropertyOptional({ enum: FLAGS }) @IsOptional() @IsIn(FLAGS) alerts?: 'true' | 'false';
  @ApiPropertyOptional({ enum: FLAGS }) @IsOptional() @IsIn(FLAGS) dryRun?: 'true' | 'false';
}

export class ReplayView {
  @ApiProperty() id!: string;
  @ApiProperty({ enum: ['pending'] }) status!: 'pending';
}

export class ReplaysView {
  @ApiProperty({ description: 'How many were taken up' }) deliveries!: number;
  @ApiProperty({ enum: ['pending'] }) status!: 'pending';
}

/** What a replay would do. */
export class PreviewView {
  @ApiProperty() deliveries!: number;
  @ApiProperty({ description: 'Payments whose row or timeline would change' }) payments!: number;
  @ApiProperty({ description: 'Messages that would go out' }) alerts!: number;
  @ApiProperty({ description: 'Orders that a gateway would be asked about' }) questions!: number;
  @ApiProperty({ description: 'Deliveries that still cannot be read' }) unreadable!: number;
  @ApiProperty({ description: 'Only the oldest 1,000 were looked at' }) more!: boolean;
  @ApiProperty() summary!: string;
}
