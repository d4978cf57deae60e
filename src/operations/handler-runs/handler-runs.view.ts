import { ApiProperty, ApiPropertyOptional, OmitType } from '@nestjs/swagger';
import { IsOptional, IsString } from 'class-validator';
import { validate as isUuid } from 'uuid';
import type { HandlerRun, HandlerRunKey } from '../../platform/events/index.js';
import { PageQuery, pageViewOf } from '../../platform/http/page.js';
import { badRequest } from '../../platform/http/problem.js';
import { FlagOfBody, OneOfFilter, TextFilter } from '../../platform/http/query-filters.js';
import { COUNT, DATE_TIME, orNull, textOrNull, UUID } from '../../platform/http/schema-types.js';

const STATUSES = ['pending', 'dead'] as const;
const HANDLER = { description: 'The id of the handler', example: 'alert-customer-on-payment-failed' };
const EVENT = { description: 'The name of the event', example: 'payment.failed' };

/** Filters of the list of handler runs. A run is listed when it matches all that are given. */
export class HandlerRunsQuery extends OmitType(PageQuery, ['cursor'] as const) {
  @OneOfFilter(STATUSES) status?: (typeof STATUSES)[number];
  @TextFilter(HANDLER) handler?: string;
  @TextFilter(EVENT) event?: string;
  @ApiPropertyOptional({ type: String, description: 'The `nextCursor` of the page before' })
  @IsOptional()
  @IsString()
  cursor?: string;
}

/** Which dead runs to replay. At least one filter must be given. */
export class HandlerReplayRequest {
  @OneOfFilter(['dead']) status?: 'dead';
  @TextFilter(HANDLER) handler?: string;
  @TextFilter(EVENT) event?: string;
  @FlagOfBody({ description: 'Replay nothing, and answer how many runs match' }) dryRun?: boolean;
}

export class HandlerReplayPreviewView {
  @ApiProperty({ ...COUNT, description: 'How many dead runs match', example: 3 }) runs!: number;
}

export class HandlerReplaysView extends HandlerReplayPreviewView {
  @ApiProperty({ enum: ['pending'] }) status!: 'pending';
}

export class HandlerReplayView {
  @ApiProperty(UUID) eventId!: string;
  @ApiProperty(HANDLER) handler!: string;
  @ApiProperty({ enum: ['pending'] }) status!: 'pending';
}

export class HandlerRunView {
  @ApiProperty(UUID) eventId!: string;
  @ApiProperty(EVENT) event!: string;
  @ApiProperty({
    description: 'The subject of the event: for a payment event, the id of the payment',
    example: UUID.example,
  })
  subjectId!: string;
  @ApiProperty(HANDLER) handler!: string;
  @ApiProperty({ enum: STATUSES, example: 'dead' }) status!: string;
  @ApiProperty({ ...COUNT, example: 8 }) attempts!: number;
  @ApiProperty(textOrNull('TimeoutError', 'Why the last attempt failed')) reason!: string | null;
  @ApiProperty({ ...orNull(DATE_TIME), example: null }) nextAttemptAt!: string | null;
  @ApiProperty({ ...orNull(DATE_TIME), description: 'When the event was published' }) createdAt!:
    string | null;
}

export class HandlerRunPageView extends pageViewOf(HandlerRunView) {}

/** `runs` has one more than `limit` if there is a next page. */
export function toHandlerRunPage(runs: readonly HandlerRun[], limit: number): HandlerRunPageView {
  const shown = runs.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(toHandlerRunView),
    nextCursor: runs.length > limit && last ? toCursor(last) : null,
  };
}

function toHandlerRunView(run: HandlerRun): HandlerRunView {
  return {
    eventId: run.eventId,
    event: run.event?.name ?? '',
    subjectId: run.event?.subjectId ?? '',
    handler: run.handler,
    status: run.status,
    attempts: run.attempts,
    reason: run.lastError,
    nextAttemptAt: run.status === 'pending' ? run.nextAttemptAt.toISOString() : null,
    createdAt: run.event?.createdAt.toISOString() ?? null,
  };
}

/** An event may have one run for each handler, so a position in the list is the event and the handler. */
const toCursor = ({ eventId, handler }: HandlerRunKey): string =>
  Buffer.from(`${eventId}/${handler}`).toString('base64url');

export function parseCursor(cursor: string): HandlerRunKey {
  const [eventId = '', handler = ''] = Buffer.from(cursor, 'base64url').toString().split('/');
  if (!isUuid(eventId) || handler.includes('\0') || toCursor({ eventId, handler }) !== cursor)
    throw badRequest('bad parameter: cursor');
  return { eventId, handler };
}
