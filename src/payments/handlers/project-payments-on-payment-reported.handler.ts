import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { OnDomainEvent, type TransactionHandler } from '../../platform/events/index.js';
import { PaymentReported } from '../payment.events.js';
import { PaymentsService } from '../recording/payments.service.js';

/**
 * Updates payments in the transaction that marks their deliveries as processed. So neither change is committed without
 * the other. A retry records the same reports again, which changes nothing.
 */
@Injectable()
@OnDomainEvent(PaymentReported, 'project-payments-on-payment-reported')
export class ProjectPaymentsOnPaymentReportedHandler implements TransactionHandler<PaymentReported> {
  constructor(private readonly payments: PaymentsService) {}

  handleInTransaction(events: readonly PaymentReported[], manager: EntityManager): Promise<void> {
    return this.payments.record(events, manager);
  }
}
