import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { findInsertedInTransaction, markForDryRun } from '../notification.store.js';
import { NotificationDecisions } from './notification-decisions.js';

/** Counts the messages that would be sent, in a transaction that the caller rolls back. */
@Injectable()
export class SendingDryRun {
  constructor(private readonly decisions: NotificationDecisions) {}

  /**
   * Decides on the payment's messages that this transaction scheduled, as `NotificationWorker` would when they are due.
   * Returns how many would be sent. The channel is not used.
   */
  async countSends(manager: EntityManager, paymentId: string): Promise<number> {
    let sends = 0;
    for (const id of await findInsertedInTransaction(manager, paymentId)) {
      const { kind } = await this.decisions.decide(manager, id);
      if (kind !== 'suppress') sends++;
      await markForDryRun(manager, id, kind === 'suppress' ? 'suppressed' : 'sent');
    }
    return sends;
  }
}
