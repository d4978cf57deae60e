import type { EntityManager } from 'typeorm';

/** A JSON Schema as OpenAPI 3.1 writes it, of what an event shows. */
export interface DataSchema {
  readonly type: string | readonly string[];
  readonly format?: string;
  readonly pattern?: string;
  readonly enum?: readonly (string | null)[];
  readonly description?: string;
  readonly examples?: readonly unknown[];
  /** Fields of an object. Others are left out. */
  readonly properties?: Readonly<Record<string, DataSchema>>;
  /** Of a list. Without it the list is shown empty. */
  readonly items?: DataSchema;
}

/**
 * A fact, named in the past tense. The table stores `eventName`, a literal, so that renaming the class changes no row.
 * An event is unique by (subject, name, cause): publishing it again stores nothing and calls no handler.
 */
export abstract class DomainEvent<Payload extends object> {
  static readonly eventName: string;
  /** The usual values of fields of the payload. They are not stored, and added again when the event is read. */
  static readonly defaults: Readonly<Record<string, unknown>> = {};
  /**
   * The fields of the payload that other systems are shown, each with its schema: `GET /events`, subscriptions,
   * `GET /events/schemas`, the API document. None of them may hold personal data. A field that is not declared here is shown
   * to nobody. A field that is added later is null in older events: its schema is `shownAs.orNull`, or `defaults` has it.
   */
  static readonly shown: Readonly<Record<string, DataSchema>> = {};

  constructor(
    /** The id (UUID) of what the event is about. */
    readonly subjectId: string,
    /** The id (UUID) of what caused the event. */
    readonly causeId: string,
    readonly payload: Payload,
    /** An operator replays work and asked for no alerts. Handlers that reach people ignore a silent event. */
    readonly silent: boolean = false,
  ) {}
}

export type DomainEventClass<E extends DomainEvent<object> = DomainEvent<object>> = {
  new (subjectId: string, causeId: string, payload: E['payload'], silent?: boolean): E;
  readonly eventName: string;
  readonly defaults: Readonly<Record<string, unknown>>;
  readonly shown: Readonly<Record<string, DataSchema>>;
};

/**
 * Handles one event at a time, after the commit that published it. A failed call is retried with a backoff until it
 * succeeds or the run is dead.
 *
 * Called by `HandlerWorker`. The events come from `EventPublisher.publish`: search for `new <EventClass>(` to find
 * where.
 */
export interface DomainEventHandler<E extends DomainEvent<object>> {
  /**
   * Runs in a transaction that also removes the run, so what it writes through `manager` is written once. An effect
   * outside the database may be repeated after a crash, and must carry an id that makes the repetition recognisable.
   *
   * An error is shown to operators: a `ReportableError` with its message, every other error by class and code only.
   */
  handle(event: E, manager: EntityManager): Promise<void>;

  /**
   * Optional, for handlers that only use the database and are quick: the same work for many events at once, inside the
   * transaction that publishes them. Returns the events that it leaves to `handle`. When it throws, its own writes are
   * rolled back, the publisher's transaction goes on, and all events are left to `handle`.
   *
   * Called by `EventPublisher.publish` (`src/platform/events/event-publisher.ts`), behind a savepoint.
   */
  handleBatchInTransaction?(events: readonly E[], manager: EntityManager): Promise<readonly E[]>;

  /**
   * Optional, for handlers that reach people: returns how many messages `handle` would send for the event. The caller
   * (`EventDryRun`) rolls the transaction back. A dry run must have no effect outside of the transaction.
   */
  dryRun?(event: E, manager: EntityManager): Promise<number>;
}

/**
 * Handles a batch of events inside the transaction that publishes them, in publishing order. When it throws, that
 * transaction is rolled back.
 *
 * Called by `EventPublisher.applyInTransaction` (`src/platform/events/event-publisher.ts`). Search for
 * `applyInTransaction(` to find who publishes.
 */
export interface TransactionHandler<E extends DomainEvent<object>> {
  handleInTransaction(events: readonly E[], manager: EntityManager): Promise<void>;
}
