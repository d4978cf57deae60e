import type { EntityManager } from 'typeorm';

/**
 * A fact, in the past tense. What is written to disk is `eventName`, a literal: renaming a class changes nothing.
 * Unique by (subject, name, cause): publishing the same fact again is a no-op.
 */
export abstract class DomainEvent<Payload extends object> {
  static readonly eventName: string;

  constructor(
    /** The id (UUID) of what it is about. */
    readonly subjectId: string,
    /** The id (UUID) of what caused it. */
    readonly causeId: string,
    readonly payload: Payload,
    /** Work run again by an operator who asked for no alerts: handlers that reach people leave it alone. */
    readonly silent: boolean = false,
  ) {}
}

export type DomainEventClass<E extends DomainEvent<object> = DomainEvent<object>> = {
  new (subjectId: string, causeId: string, payload: E['payload'], silent?: boolean): E;
  readonly eventName: string;
};

/**
 * Reacts to one event, later and on its own: retried with backoff until it succeeds or is dead. Runs in a
 * transaction that also ends what was owed; writes through `manager` therefore happen once. An effect outside
 * the database may be repeated after a crash and must carry an id of its own.
 */
export interface DomainEventHandler<E extends DomainEvent<object>> {
  /** What it throws is shown to operators: a `ReportableError` with its sentence, every other by class and code alone. */
  handle(event: E, manager: EntityManager): Promise<void>;

  /**
   * The same work for many events at a time, for a handler that only talks to the database and soon: tried at once,
   * in the commit that publishes them. The answer holds the events it leaves to `handle`. When it throws, nothing of
   * it stays, the commit goes on, and all of them are left.
   */
  handleBatchInTransaction?(events: readonly E[], manager: EntityManager): Promise<readonly E[]>;

  /**
   * Optional, for handlers that reach people: how many messages handling this would send. The transaction is rolled
   * back, so what is written through `manager` serves only to find out; nothing outside it may be touched.
   */
  dryRun?(event: E, manager: EntityManager): Promise<number>;
}

/** Reacts inside the commit that publishes: all or nothing with it, a whole batch at a time, in publishing order. */
export interface TransactionHandler<E extends DomainEvent<object>> {
  handleInTransaction(events: readonly E[], manager: EntityManager): Promise<void>;
}
