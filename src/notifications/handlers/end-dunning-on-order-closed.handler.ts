import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { OnDomainEvent, type TransactionHandler } from '../../platform/events/index.js';
import { OrderClosed } from '../../platform/features/index.js';
import { endDunning } from '../reminders/order-family.js';

/** No reminder of an order that was canceled or settled, from the transaction on that closes it. */
@Injectable()
@OnDomainEvent(OrderClosed, 'end-dunning-on-order-closed')
export class EndDunningOnOrderClosedHandler implements TransactionHandler<OrderClosed> {
  handleInTransaction(events: readonly OrderClosed[], manager: EntityManager): Promise<void> {
    return endDunning(
      manager,
      events.map(({ payload }) => payload),
    );
  }
}
