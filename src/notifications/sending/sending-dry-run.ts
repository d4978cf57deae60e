import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { NotificationDecisions } from './notification-decisions.js';

/** Finds out which messages would go out, in a transaction that is rolled back. */
@Injectable()
export class SendingDryRun {
  constructor(private readonly decisions: NotificationDecisions) {}

  /**
   * Decides on the payment's messages that were reserved in this very transaction, as the worker would when they are
   * due, and marks them so that the next one sees them. Answers how many would go out; touches no channel.
   */
  async countSends(manager: EntityManager, paymentId: string): Promise<number> {
    // Each has the moment at which its transaction began; a savepoint inside it would hide them from its number.
    const reserved = await manager.query<{ id: string }[]>(
      `SELECT id FROM notifications
       WHERE payment_id = $1 AND status = 'pending' AND created_at = now() ORDER BY id`,
      [paymentId],
    );
    let sent = 0;
    for (const { id } of reserved) {
      const decision = await this.decisions.decide(manager, id);
      if (decision.kind !== 'keep') sent++;
      await manager.query(`UPDATE notifications SET status = $2, sent_at = now() WHERE id = $1`, [
        id,
        decision.kind === 'keep' ? 'suppressed' : 'sent',
      ]);
    }
    return sent;
  }
}
