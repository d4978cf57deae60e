import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Length } from 'class-validator';
import { IsDateTime, PageQuery } from '../../platform/http/page.js';
import { PAYMENT_STATUSES } from '../projection/state-transitions.js';

/** Filters of the list of payments; all that are given must hold. */
export class PaymentsQuery extends PageQuery {
  @ApiPropertyOptional() @IsOptional() @IsString() @Length(1, 255) gateway?: string;
  @ApiPropertyOptional() @IsOptional() @IsString() @Length(1, 255) account?: string;
  @ApiPropertyOptional() @IsOptional() @IsString() @Length(1, 255) merchant?: string;
  @ApiPropertyOptional({ enum: PAYMENT_STATUSES }) @IsOptional() @IsIn(PAYMENT_STATUSES) status?: string;
  @ApiPropertyOptional({ description: 'The merchant’s or the gateway’s own' })
  @IsOptional()
  @IsString()
  @Length(1, 255)
  orderId?: string;
  @ApiPropertyOptional() @IsOptional() @IsString() @Length(1, 255) gatewayPaymentId?: string;

  @ApiPropertyOptional({
    description: 'Exact id, e-mail address (in any case) or phone number (in any spelling), as shown now',
  })
  @IsOptional()
  @IsString()
  @Length(1, 320)
  customer?: string;

  @ApiPropertyOptional({ description: 'createdAt from here on (ISO 8601)' })
  @IsOptional()
  @IsDateTime()
  from?: string;
  @ApiPropertyOptional({ description: 'createdAt before this (ISO 8601)' })
  @IsOptional()
  @IsDateTime()
  to?: string;
}
