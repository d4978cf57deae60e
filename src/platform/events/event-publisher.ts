import { Injectable, Logger } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { AfterCommit } from '../database/after-commit.js';
import { describeError } from '../logging/describe-error.js';
import type { DomainEvent } from './domain-event.js';
import { eventNameOf, insertEvents, type PublishOptions, type StoredEvent } from './domain-event.store.js';
import { handlerRuns } from './event.metrics.js';
import { HandlerRegistry } from './handler-registry.js';
import { insertRuns, type HandlerRunKey } from './handler-run.store.js';

/** Notified by {@link EventPublisher.publish}. The subscriber is `HandlerWorker`, which runs the committed runs. */
export const runsCreated = new AfterCommit();

/** Notified by {@link EventPublisher.publish}. The subscriber is `EventLogWorker`, which gives the events their places. */
export const eventsStored = new AfterCommit();

/**
 * Where domain events leave the code that publishes them. No import leads from here to a handler: handlers are found by
 * the decorator `@OnDomainEvent(EventClass, id)`, so search for the name of the event class to find them.
 *
 * Both methods need the manager of the transaction that makes the event true.
 */
@Injectable()
export class EventPublisher {
  private readonly logger = new Logger(EventPublisher.name);

  constructor(private readonly registry: HandlerRegistry) {}

  /**
   * Stores events, and a run for every handler of each event. After the commit, `HandlerWorker` executes the runs.
   *
   * A handler with `handleBatchInTransaction` gets its events here first, and runs are created only for the events that
   * it returns. An event that is stored already, by (subject, name, cause), is left out, so a retry publishes it once.
   */
  async publish(
    manager: EntityManager,
    events: readonly DomainEvent<object>[],
    options?: PublishOptions,
  ): Promise<void> {
    const stored = await insertEvents(manager, events, options);
    if (stored.length > 0) eventsStored.notify(manager);
    const runs: HandlerRunKey[] = [];
    for (const [handler, ofHandler] of this.groupByHandler(stored)) {
      const remaining = await this.tryBatch(manager, handler, ofHandler);
      runs.push(...remaining.map(({ id }) => ({ eventId: id, handler })));
    }
    if (runs.length === 0) return;
    runsCreated.notify(manager);
    await insertRuns(manager, runs);
  }

  /**
   * Calls the handlers that belong to this transaction, with all events at once and in their order. All events must be
   * of one class. Nothing is stored for the call. What a handler throws rolls the transaction back.
   *
   * Where to look: classes that implement `TransactionHandler` and are decorated with `@OnDomainEvent` for this event
   * class. For `PaymentReported` it is `ProjectPaymentsOnPaymentReportedHandler` in `payments/handlers`.
   */
  async applyInTransaction<E extends DomainEvent<object>>(
    manager: EntityManager,
    events: readonly E[],
  ): Promise<void> {
    const [first] = events;
    if (!first) return;
    for (const handler of this.registry.transactionHandlersFor(eventNameOf(first)))
      await handler.handleInTransaction(events, manager);
  }

  private groupByHandler(stored: readonly StoredEvent[]): ReadonlyMap<string, StoredEvent[]> {
    const byHandler = new Map<string, StoredEvent[]>();
    for (const one of stored)
      for (const handler of this.registry.handlerIdsFor(eventNameOf(one.event))) {
        const ofHandler = byHandler.get(handler);
        if (ofHandler) ofHandler.push(one);
        else byHandler.set(handler, [one]);
      }
    return byHandler;
  }

  /** Runs behind a savepoint, so that a handler that fails does not roll back the transaction of the publisher. */
  private async tryBatch(
    manager: EntityManager,
    id: string,
    stored: readonly StoredEvent[],
  ): Promise<readonly StoredEvent[]> {
    const handler = this.registry.find(id)?.handler;
    if (!handler?.handleBatchInTransaction) return stored;
    try {
      const events = stored.map((one) => one.event);
      const remaining = new Set(
        await manager.transaction(
          (inner) => handler.handleBatchInTransaction?.(events, inner) ?? Promise.resolve(events),
        ),
      );
      handlerRuns.inc({ handler: id, outcome: 'done' }, stored.length - remaining.size);
      return stored.filter((one) => remaining.has(one.event));
    } catch (error) {
      handlerRuns.inc({ handler: id, outcome: 'failed' });
      this.logger.warn(`${id} failed on a batch of ${stored.length} events: ${describeError(error)}`);
      return stored;
    }
  }
}
