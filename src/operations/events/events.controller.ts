import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { validate as isUuid } from 'uuid';
import { ENV } from '../../platform/config/config.module.js';
import type { Env } from '../../platform/config/env.js';
import { timeOfId } from '../../platform/database/new-id.js';
import { EventCatalog, EventLog, type EventPage, EventsExpiredError } from '../../platform/events/index.js';
import { ApiProblems } from '../../platform/http/api-problems.decorator.js';
import { KeyedApi } from '../../platform/http/keyed-api.decorator.js';
import { badRequest, problemOf } from '../../platform/http/problem.js';
import { BAD_REQUEST, DATABASE_UNAVAILABLE } from '../../platform/http/problem-types.js';
import { type EventCursor, idEndOf, parseEventCursor } from './event-cursor.js';
import {
  EventPageView,
  EVENT_WITHOUT_PLACE,
  EVENTS_EXPIRED,
  EventsQuery,
  toEventPage,
} from './events.view.js';

const DAY_MS = 24 * 3_600_000;

/** The log of domain events, for systems that read instead of being told. */
@Controller('events')
@KeyedApi('events')
export class EventsController {
  constructor(
    @Inject(EventLog) private readonly log: EventLog,
    @Inject(EventCatalog) private readonly catalog: EventCatalog,
    @Inject(ENV) private readonly env: Env,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'List domain events, oldest first',
    description:
      'Every event once. The order never changes, and nothing is ever inserted behind what was read: a reader that goes on ' +
      'from `endCursor` misses nothing. Events are kept for EVENTS_RETENTION_DAYS.',
  })
  @ApiOkResponse({ type: EventPageView, description: 'One page of events' })
  @ApiProblems(BAD_REQUEST, EVENTS_EXPIRED, EVENT_WITHOUT_PLACE, DATABASE_UNAVAILABLE)
  async list(@Query() { after, topics, mode, limit }: EventsQuery): Promise<EventPageView> {
    const from = after === undefined ? null : await this.toCursor(after);
    const page = await this.read({
      after: from?.position ?? null,
      limit,
      ...(topics !== undefined && { topics: this.parseTopics(topics) }),
      ...(mode !== undefined && { mode }),
    });
    if (from && isOfAnotherLog(from, page)) throw problemOf(EVENTS_EXPIRED);
    return toEventPage(page);
  }

  private async read(query: Parameters<EventLog['read']>[0]): Promise<EventPage> {
    try {
      return await this.log.read(query);
    } catch (error) {
      throw error instanceof EventsExpiredError ? problemOf(EVENTS_EXPIRED) : error;
    }
  }

  private async toCursor(after: string): Promise<EventCursor> {
    if (!isUuid(after)) return parseEventCursor(after);
    const position = await this.log.positionOf(after);
    if (position !== null) return { position, idEnd: idEndOf(after.toLowerCase()) };
    const isOld = timeOfId(after).getTime() < Date.now() - this.env.eventsRetentionDays * DAY_MS;
    if (isOld) throw problemOf(EVENTS_EXPIRED);
    if (await this.log.isStored(after)) throw problemOf(EVENT_WITHOUT_PLACE, {}, { 'Retry-After': '1' });
    throw badRequest('bad parameter: after');
  }

  private parseTopics(text: string): string[] {
    const topics = text.split(',').map((topic) => topic.trim());
    if (!topics.every((topic) => this.catalog.isTopic(topic))) throw badRequest('bad parameter: topics');
    return topics;
  }
}

const isOfAnotherLog = ({ idEnd }: EventCursor, { afterId }: EventPage): boolean =>
  idEnd !== '' && afterId !== null && idEnd !== idEndOf(afterId);
