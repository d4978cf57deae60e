import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Length } from 'class-validator';
import { IsDateTime, PageQuery } from '../../platform/http/page.js';
import { DELIVERY_STATUSES } from '../inbox/delivery.entity.js';

/** Filters of the list of deliveries; all that are given must hold. */
export class DeliveriesQuery extends PageQuery {
  @ApiPropertyOptional({ enum: DELIVERY_STATUSES }) @IsOptional() @IsIn(DELIVERY_STATUSES) status?: string;
  @ApiPropertyOptional() @IsOptional() @IsString() @Length(1, 255) gateway?: string;
  @ApiPropertyOptional() @IsOptional() @IsString() @Length(1, 255) account?: string;
  @ApiPropertyOptional() @IsOptional() @IsString() @Length(1, 255) type?: string;
  @ApiPropertyOptional({ description: 'Received from here on (ISO 8601)' })
  @IsOptional()
  @IsDateTime()
  from?: string;
  @ApiPropertyOptional({ description: 'Received before this (ISO 8601)' })
  @IsOptional()
  @IsDateTime()
  to?: string;
}
