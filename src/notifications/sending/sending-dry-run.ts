import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { findInsertedInTransaction, markForDryRun } from '../notification.store.js';
import { NotificationDecisions } from './notification-decisions.js';

/** What became of messages in a dry run. */
export interface DryRunCounts {
  /** They would be sent. */
  sends: number;
  /** Another message of the order is under way, or there is no payment. */
  undecided: number;
  /** They would be suppressed, by the reason. */
  suppressed: Map<string, number>;
}

/** Counts the messages that would be sent, in a transaction that the caller rolls back. */
@Injectable()
export class SendingDryRun {
  constructor(private readonly decisions: NotificationDecisions) {}

  /**
   * Decides on the payment's messages that this transaction scheduled, as `NotificationWorker` would when they are due.
   * Returns how many would be sent. The channel is not used.
   */
  async countSends(manager: EntityManager, paymentId: string): Promise<number> {
    const counts: DryRunCounts = { sends: 0, undecided: 0, suppressed: new Map() };
    await this.countDecisions(manager, await findInsertedInTransaction(manager, paymentId), counts);
    return counts.sends + counts.undecided;
  }

  /** Decides on pending messages in this order, each as if those before it had ended. Adds to `counts`. */
  async countDecisions(manager: EntityManager, ids: readonly string[], counts: DryRunCounts): Promise<void> {
    for (const id of ids) {
      const decision = await this.decisions.decide(manager, id);
      if (decision.kind === 'send') counts.sends++;
      else if (decision.kind === 'suppress')
        counts.suppressed.set(decision.reason, (counts.suppressed.get(decision.reason) ?? 0) + 1);
      else counts.undecided++;
      const recipient = decision.kind === 'send' ? decision.recipient : null;
      await markForDryRun(manager, id, decision.kind === 'suppress' ? 'suppressed' : 'sent', recipient);
    }
  }
}
