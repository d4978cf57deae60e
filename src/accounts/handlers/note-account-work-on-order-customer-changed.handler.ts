import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { OnDomainEvent, OrderCustomerChanged, type TransactionHandler } from '../../feature.js';
import { accountWork } from '../account-work.store.js';

/** Notes orders whose customer is another one now. The job `update` looks at all their payments. */
@Injectable()
@OnDomainEvent(OrderCustomerChanged, 'note-account-work-on-order-customer-changed')
export class NoteAccountWorkOnOrderCustomerChangedHandler implements TransactionHandler<OrderCustomerChanged> {
  async handleInTransaction(events: readonly OrderCustomerChanged[], manager: EntityManager): Promise<void> {
    await accountWork.insert(
      manager,
      events.map(({ subjectId, silent, payload }) => ({
        paymentId: subjectId,
        silent,
        previousOrder: payload.order,
      })),
    );
  }
}
