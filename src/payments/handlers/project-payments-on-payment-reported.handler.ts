import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { OnDomainEvent, type TransactionHandler } from '../../platform/events/index.js';
import { PaymentReported } from '../payment.events.js';
import { PaymentsService } from '../recording/payments.service.js';

/** A delivery is processed in the very commit that brings its payment up to date: one cannot be without the other. */
@Injectable()
@OnDomainEvent(PaymentReported, 'project-payments-on-payment-reported')
export class ProjectPaymentsOnPaymentReportedHandler implements TransactionHandler<PaymentReported> {
  constructor(private readonly payments: PaymentsService) {}

  handleInTransaction(events: readonly PaymentReported[], manager: EntityManager): Promise<void> {
    return this.payments.record(events, manager);
  }
}
