import { ApiProperty, ApiPropertyOptional, OmitType } from '@nestjs/swagger';
import type { EventPage, LoggedEvent } from '../../platform/events/index.js';
import { PageQuery } from '../../platform/http/page.js';
import type { ProblemType } from '../../platform/http/problem-types.js';
import { OneOfFilter, TextFilter } from '../../platform/http/query-filters.js';
import { DATE_TIME, UUID } from '../../platform/http/schema-types.js';
import { idEndOf, toEventCursor } from './event-cursor.js';

export const EVENTS_EXPIRED: ProblemType = {
  type: '/problems/events-expired',
  title: 'The events that follow are no longer kept',
  status: 410,
  when:
    'the event behind `after` is older than EVENTS_RETENTION_DAYS, or the database was restored from a copy that is ' +
    'older than `after`. Without `after` the oldest event that is kept comes first',
};

export const EVENT_WITHOUT_PLACE: ProblemType = {
  type: '/problems/event-without-place',
  title: 'The event has no place in the list yet',
  status: 503,
  when: '`after` is the id of an event that was stored a moment ago; the same request succeeds once it is listed',
};

/** Which events to list, and from where. */
export class EventsQuery extends OmitType(PageQuery, ['cursor'] as const) {
  @TextFilter({ description: '`nextCursor` or `endCursor` of a page, or the id of an event' }) after?: string;
  @TextFilter({
    maxLength: 1_000,
    description:
      'Names of events, with commas between them; `payment.*` for all that begin so. Left out: all',
    example: 'payment.*,order.paid',
  })
  topics?: string;
  @OneOfFilter(['live', 'test'], { description: 'Left out: both' }) mode?: 'live' | 'test';
}

export class EventView {
  @ApiProperty(UUID) id!: string;
  @ApiProperty({ example: 'payment.failed' }) type!: string;
  @ApiProperty({ ...DATE_TIME, description: 'When the change was stored' }) timestamp!: string;
  @ApiProperty({ ...UUID, description: 'The payment, order or customer account that the event is about' })
  subjectId!: string;
  @ApiProperty({
    type: 'integer',
    minimum: 1,
    example: 1,
    description: 'Counts the events of the subject, in the order of this list. A filter leaves gaps',
  })
  sequence!: number;
  @ApiPropertyOptional({
    enum: [true],
    description: 'A replay or a rebuild published the event: nobody is to be mailed. Left out elsewhere',
  })
  replayed?: true;
  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: {},
    description:
      'The subject after the change, without personal data. The schema is that of the type, by its name',
  })
  data!: Readonly<Record<string, unknown>>;
}

export class EventPageView {
  @ApiProperty({ type: [EventView], description: 'Oldest first, in an order that never changes' })
  items!: EventView[];
  @ApiProperty({
    type: String,
    nullable: true,
    example: null,
    description:
      '`after` of the next page. Null at the present end. With a filter a page may have no item and a next page',
  })
  nextCursor!: string | null;
  @ApiProperty({
    example: 'MTIzLjdmM2E5YzAx',
    description: 'Where the page ends: `after` for what comes later, also at the present end',
  })
  endCursor!: string;
}

export function toEventPage({ events, end, endId, head }: EventPage): EventPageView {
  const endCursor = toEventCursor({ position: end, idEnd: idEndOf(endId) });
  return { items: events.map(toEventView), nextCursor: end === head ? null : endCursor, endCursor };
}

const toEventView = (event: LoggedEvent): EventView => ({
  id: event.id,
  type: event.type,
  timestamp: event.timestamp.toISOString(),
  subjectId: event.subjectId,
  sequence: event.sequence,
  ...(event.replayed && { replayed: true }),
  data: event.data,
});
