import { Module } from '@nestjs/common';
import { ShipOrderOnPaymentSucceededHandler } from './ship-order-on-payment-succeeded.handler.js';

@Module({
  providers: [ShipOrderOnPaymentSucceededHandler],
})
export class ToyModule {}
