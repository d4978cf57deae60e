import type { DataSource, EntityManager, QueryRunner } from 'typeorm';

/**
 * Lets whoever writes work tell whoever does it, once it is committed and not before. Only a shortcut: it is lost with
 * the process, and does not reach another one; who listens also looks by itself now and then.
 */
export class AfterCommit {
  private readonly notified = new WeakSet<QueryRunner>();

  /** Told when the transaction of this manager commits. */
  notify({ queryRunner }: EntityManager): void {
    if (queryRunner) this.notified.add(queryRunner);
  }

  subscribe(db: DataSource, then: () => void): void {
    db.subscribers.push({
      afterTransactionCommit: ({ queryRunner }) => {
        // A savepoint that is let go of reads as a commit too.
        if (!queryRunner.isTransactionActive && this.notified.delete(queryRunner)) then();
      },
      afterTransactionRollback: ({ queryRunner }) => {
        if (!queryRunner.isTransactionActive) this.notified.delete(queryRunner);
      },
    });
  }
}
