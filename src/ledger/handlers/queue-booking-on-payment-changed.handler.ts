import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { OnDomainEvent, PaymentChanged, type TransactionHandler } from '../../feature.js';
import { queuePayments } from '../ledger-work.store.js';

/**
 * Writes down that the books of a changed payment are to be compared with it, in the transaction that changes it. The job
 * `book` (ledger.feature.ts) then books.
 */
@Injectable()
@OnDomainEvent(PaymentChanged, 'queue-booking-on-payment-changed')
export class QueueBookingOnPaymentChangedHandler implements TransactionHandler<PaymentChanged> {
  async handleInTransaction(events: readonly PaymentChanged[], manager: EntityManager): Promise<void> {
    await queuePayments(manager, [...new Set(events.map(({ subjectId }) => subjectId))]);
  }
}
