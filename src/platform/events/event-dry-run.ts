import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { HandlerRegistry } from './handler-registry.js';

interface EventOfTransaction {
  name: string;
  subject_id: string;
  cause_id: string;
  silent: boolean;
  payload: object;
}

/** What would follow from events, found out without anything following. */
@Injectable()
export class EventDryRun {
  constructor(private readonly registry: HandlerRegistry) {}

  /**
   * How many messages would go out to people for the events about these subjects that were published in this very
   * transaction, which the caller rolls back. Only handlers that can rehearse are asked.
   */
  async countMessages(manager: EntityManager, subjectIds: readonly string[]): Promise<number> {
    const events = await manager.query<EventOfTransaction[]>(
      `SELECT name, subject_id, cause_id, silent, payload FROM domain_events
       WHERE subject_id = ANY($1) AND xmin = pg_current_xact_id()::xid ORDER BY id`,
      [subjectIds],
    );
    let messages = 0;
    for (const published of events) messages += await this.countMessagesOf(published, manager);
    return messages;
  }

  private async countMessagesOf(published: EventOfTransaction, manager: EntityManager): Promise<number> {
    let messages = 0;
    for (const id of this.registry.handlerIdsFor(published.name)) {
      const registered = this.registry.find(id);
      if (!registered?.handler.dryRun) continue;
      const { subject_id, cause_id, payload, silent } = published;
      const event = new registered.event(subject_id, cause_id, payload, silent);
      messages += await registered.handler.dryRun(event, manager);
    }
    return messages;
  }
}
