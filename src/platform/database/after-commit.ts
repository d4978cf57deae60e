import type { DataSource, EntityManager, QueryRunner } from 'typeorm';

/**
 * Tells a worker of this process about new work when the transaction that wrote it has committed. It is only a
 * shortcut: a notification is lost if the process ends and does not reach other processes, so subscribers also poll.
 */
export class AfterCommit {
  private readonly notified = new WeakSet<QueryRunner>();

  /** Notifies the subscribers when the transaction of this manager commits. Does nothing if it rolls back. */
  notify({ queryRunner }: EntityManager): void {
    if (queryRunner) this.notified.add(queryRunner);
  }

  subscribe(db: DataSource, then: () => void): void {
    db.subscribers.push({
      afterTransactionCommit: ({ queryRunner }) => {
        // TypeORM reports a released savepoint as a commit too.
        if (!queryRunner.isTransactionActive && this.notified.delete(queryRunner)) then();
      },
      afterTransactionRollback: ({ queryRunner }) => {
        if (!queryRunner.isTransactionActive) this.notified.delete(queryRunner);
      },
    });
  }
}
