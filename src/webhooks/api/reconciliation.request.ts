import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Length } from 'class-validator';
import { PageQuery } from '../../platform/http/page.js';
import { FlagOfBody, TextFilter } from '../../platform/http/query-filters.js';
import { MAX_SINCE_DAYS } from '../reconciliation/since.js';

const MAX_NAME_LENGTH = 255;

/** Which account to compare with what its gateway holds, and from when on. */
export class ReconciliationRequest {
  @ApiProperty({ example: 'stripe', minLength: 1, maxLength: MAX_NAME_LENGTH })
  @IsString()
  @Length(1, MAX_NAME_LENGTH)
  gateway!: string;

  @ApiPropertyOptional({ example: 'default', default: 'default', minLength: 1, maxLength: MAX_NAME_LENGTH })
  @IsOptional()
  @IsString()
  @Length(1, MAX_NAME_LENGTH)
  account?: string;

  @ApiProperty({
    description: `Objects created from this time on: ISO 8601 (UTC where no offset is given), or days or hours before now (7d, 72h); at most ${MAX_SINCE_DAYS} days back`,
    example: '7d',
    maxLength: 64,
  })
  @IsString()
  @Length(1, 64)
  since!: string;

  @FlagOfBody({ description: 'Store nothing but the run and what it finds' })
  dryRun?: boolean;
}

export class ReconciliationsQuery extends PageQuery {
  @TextFilter({ example: 'stripe' }) gateway?: string;
  @TextFilter({ example: 'default' }) account?: string;
}
