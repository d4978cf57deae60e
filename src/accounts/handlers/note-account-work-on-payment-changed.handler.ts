import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { OnDomainEvent, PaymentChanged, type TransactionHandler } from '../../feature.js';
import { accountWork } from '../account-work.store.js';

/** Notes payments that changed, with one statement in the transaction that changes them. The job `update` does the work. */
@Injectable()
@OnDomainEvent(PaymentChanged, 'note-account-work-on-payment-changed')
export class NoteAccountWorkOnPaymentChangedHandler implements TransactionHandler<PaymentChanged> {
  async handleInTransaction(events: readonly PaymentChanged[], manager: EntityManager): Promise<void> {
    await accountWork.insert(
      manager,
      events.map(({ subjectId, silent, payload }) => ({ paymentId: subjectId, silent, ...payload })),
    );
  }
}
