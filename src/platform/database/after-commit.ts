import type { DataSource, EntityManager, QueryRunner } from 'typeorm';

/**
 * Tells a worker that a transaction which created work was committed. The producer calls `notify` inside the
 * transaction. The worker calls `subscribe` at start and is called after the commit, never after a rollback.
 *
 * A notification reaches this process only, and is lost when the process ends. A subscriber must also poll.
 *
 * Where to look for the other side: search for the uses of the instance. `runsCreated` goes from `EventPublisher` to
 * `HandlerWorker`, `eventsStored` to `EventLogWorker`, `notificationsScheduled` from `NotificationScheduler` to `NotificationWorker`.
 */
export class AfterCommit {
  private readonly notified = new WeakSet<QueryRunner>();

  /** Calls the subscribers when the transaction of this manager commits. Any number of calls notify once. */
  notify({ queryRunner }: EntityManager): void {
    if (queryRunner) this.notified.add(queryRunner);
  }

  subscribe(db: DataSource, onCommit: () => void): void {
    db.subscribers.push({
      afterTransactionCommit: ({ queryRunner }) => {
        // TypeORM also calls this when a savepoint is released. The transaction is still active then.
        if (!queryRunner.isTransactionActive && this.notified.delete(queryRunner)) onCommit();
      },
      afterTransactionRollback: ({ queryRunner }) => {
        if (!queryRunner.isTransactionActive) this.notified.delete(queryRunner);
      },
    });
  }
}
