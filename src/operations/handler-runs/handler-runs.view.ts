import { ApiProperty, ApiPropertyOptional, OmitType } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsOptional, IsString, Length } from 'class-validator';
import { validate as isUuid } from 'uuid';
import type { HandlerRun, HandlerRunKey } from '../../platform/events/index.js';
import { PageQuery } from '../../platform/http/page.js';
import { badRequest } from '../../platform/http/problem.js';

const STATUSES = ['pending', 'dead'] as const;

/** Filters of the list of handler runs. A run must match all filters that are given. */
export class HandlerRunsQuery extends OmitType(PageQuery, ['cursor'] as const) {
  @ApiPropertyOptional({ enum: STATUSES })
  @IsOptional()
  @IsIn(STATUSES)
  status?: (typeof STATUSES)[number];
  @ApiPropertyOptional() @IsOptional() @IsString() @Length(1, 255) handler?: string;
  @ApiPropertyOptional({ description: 'The name of the event' })
  @IsOptional()
  @IsString()
  @Length(1, 255)
  event?: string;
  @ApiPropertyOptional({ description: 'The `nextCursor` of the page before' })
  @IsOptional()
  @IsString()
  cursor?: string;
}

/** Which dead runs to replay. */
export class HandlerReplayRequest {
  @ApiPropertyOptional({ enum: ['dead'] }) @IsOptional() @IsIn(['dead']) status?: 'dead';
  @ApiPropertyOptional() @IsOptional() @IsString() @Length(1, 255) handler?: string;
  @ApiPropertyOptional() @IsOptional() @IsString() @Length(1, 255) event?: string;
  @ApiPropertyOptional({ description: 'Only count the runs', default: false })
  @IsOptional()
  @IsBoolean()
  dryRun?: boolean;
}

export class HandlerRunView {
  @ApiProperty() eventId!: string;
  @ApiProperty() event!: string;
  @ApiProperty({ description: 'What the event is about: for payment events, the payment' })
  subjectId!: string;
  @ApiProperty() handler!: string;
  @ApiProperty({ enum: STATUSES }) status!: string;
  @ApiProperty() attempts!: number;
  @ApiProperty({ type: String, nullable: true, description: 'Why it failed last' }) reason!: string | null;
  @ApiProperty({ type: String, nullable: true }) nextAttemptAt!: string | null;
  @ApiProperty({ type: String, nullable: true, description: 'When the event was published' }) createdAt!:
    string | null;
}

export class HandlerRunPageView {
  @ApiProperty({ type: [HandlerRunView] }) items!: HandlerRunView[];
  @ApiProperty({ type: String, nullable: true }) nextCursor!: string | null;
}

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

/** An event may have several runs, so a position in the list is the event and the handler. */
const toCursor = ({ eventId, handler }: HandlerRunKey): string =>
  Buffer.from(`${eventId}/${handler}`).toString('base64url');

export function parseCursor(cursor: string): HandlerRunKey {
  const [eventId = '', handler = ''] = Buffer.from(cursor, 'base64url').toString().split('/');
  if (!isUuid(eventId) || handler.includes('\0') || toCursor({ eventId, handler }) !== cursor)
    throw badRequest('bad parameter: cursor');
  return { eventId, handler };
}
