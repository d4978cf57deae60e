import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Length } from 'class-validator';
import { IsDateTime, PageQuery } from '../../platform/http/page.js';
import { REFUSAL_REASONS } from '../refusals/refusals.service.js';

/** Filters of the list of refused requests; all that are given must hold. */
export class RefusalsQuery extends PageQuery {
  @ApiPropertyOptional() @IsOptional() @IsString() @Length(1, 255) gateway?: string;
  @ApiPropertyOptional() @IsOptional() @IsString() @Length(1, 255) account?: string;
  @ApiPropertyOptional({ enum: REFUSAL_REASONS }) @IsOptional() @IsIn(REFUSAL_REASONS) reason?: string;
  @ApiPropertyOptional({ description: 'Received from here on (ISO 8601)' })
  @IsOptional()
  @IsDateTime()
  from?: string;
  @ApiPropertyOptional({ description: 'Received before this (ISO 8601)' })
  @IsOptional()
  @IsDateTime()
  to?: string;
}
