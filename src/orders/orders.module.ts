import { Module } from '@nestjs/common';
import { OrdersController } from './api/orders.controller.js';
import { OrdersService } from './api/orders.service.js';
import { NoteOrderWorkOnPaymentChangedHandler } from './handlers/note-order-work-on-payment-changed.handler.js';
import { OrderUpdates } from './processing/order-updates.js';

/** What shops expect to be paid, beside what gateways tell. */
@Module({
  controllers: [OrdersController],
  providers: [OrdersService, OrderUpdates, NoteOrderWorkOnPaymentChangedHandler],
})
export class OrdersModule {}
