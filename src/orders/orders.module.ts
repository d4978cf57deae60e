import { Module } from '@nestjs/common';
import { OrdersController } from './api/orders.controller.js';
import { OrdersService } from './api/orders.service.js';
import { OrderUpdates } from './processing/order-updates.js';

/** What shops expect to be paid, beside what gateways tell. */
@Module({
  controllers: [OrdersController],
  providers: [OrdersService, OrderUpdates],
})
export class OrdersModule {}
