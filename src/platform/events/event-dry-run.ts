import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { eventsOfTransaction, type EventRow } from './domain-event.store.js';
import { HandlerRegistry } from './handler-registry.js';
import { restoreEvent } from './stored-payload.js';

/** Counts the messages that events would cause, without sending one. */
@Injectable()
export class EventDryRun {
  constructor(private readonly registry: HandlerRegistry) {}

  /**
   * How many messages would go to people because of the events about these subjects that the transaction of `manager`
   * published. The caller rolls the transaction back. Only handlers with a `dryRun` are asked.
   */
  async countMessages(manager: EntityManager, subjectIds: readonly string[]): Promise<number> {
    let messages = 0;
    for (const row of await eventsOfTransaction(manager, subjectIds))
      messages += await this.countMessagesOf(row, manager);
    return messages;
  }

  private async countMessagesOf(row: EventRow, manager: EntityManager): Promise<number> {
    let messages = 0;
    for (const id of this.registry.handlerIdsFor(row.name)) {
      const registered = this.registry.find(id);
      const event = registered?.events.get(row.name);
      if (!registered?.handler.dryRun || !event) continue;
      messages += await registered.handler.dryRun(restoreEvent(event, row), manager);
    }
    return messages;
  }
}
