import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { OnDomainEvent, PaymentChanged, type TransactionHandler } from '../../feature.js';
import { orderWork } from '../order-work.store.js';

/** Notes payments that changed, with one statement in the transaction that changes them. `OrderJobs` does the work. */
@Injectable()
@OnDomainEvent(PaymentChanged, 'note-order-work-on-payment-changed')
export class NoteOrderWorkOnPaymentChangedHandler implements TransactionHandler<PaymentChanged> {
  async handleInTransaction(events: readonly PaymentChanged[], manager: EntityManager): Promise<void> {
    await orderWork.insert(
      manager,
      events.map(({ subjectId, silent, payload }) => ({ paymentId: subjectId, silent, ...payload })),
    );
  }
}
