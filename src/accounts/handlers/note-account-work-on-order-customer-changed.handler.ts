import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { noteWork, OnDomainEvent, OrderCustomerChanged, type TransactionHandler } from '../../feature.js';

/** Notes orders whose customer is another one now. The job `follow` looks at all their payments. */
@Injectable()
@OnDomainEvent(OrderCustomerChanged, 'note-account-work-on-order-customer-changed')
export class NoteAccountWorkOnOrderCustomerChangedHandler implements TransactionHandler<OrderCustomerChanged> {
  async handleInTransaction(events: readonly OrderCustomerChanged[], manager: EntityManager): Promise<void> {
    const items = events.map(({ subjectId, silent, payload }) => ({
      paymentId: subjectId,
      silent,
      previousOrder: payload.order,
    }));
    await noteWork(manager, [{ feature: 'accounts', items }]);
  }
}
