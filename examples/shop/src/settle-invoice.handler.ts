import { Injectable } from '@nestjs/common';
import { type DomainEventHandler, OnDomainEvent, PaymentSucceeded } from 'payhook';
import type { EntityManager } from 'typeorm';
import { Invoice } from './invoice.entity.js';

/**
 * Writes the shop's table in the transaction that ends the handler's work: either both are committed or neither, so that
 * an invoice is written once however often the handler is tried.
 */
@Injectable()
@OnDomainEvent(PaymentSucceeded, 'settle-invoice-on-payment-succeeded')
export class SettleInvoiceHandler implements DomainEventHandler<PaymentSucceeded> {
  async handle({ payload }: PaymentSucceeded, manager: EntityManager): Promise<void> {
    const { orderId, paymentId, amount } = payload;
    if (orderId !== null && amount !== null) await manager.insert(Invoice, { orderId, paymentId, amount });
  }
}
