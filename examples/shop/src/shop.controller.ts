import { Body, Controller, Get, Inject, Param, Post } from '@nestjs/common';
import { PayhookService } from 'payhook';
import { DataSource } from 'typeorm';
import { Invoice } from './invoice.entity.js';

@Controller('orders')
export class ShopController {
  constructor(
    @Inject(DataSource) private readonly db: DataSource,
    @Inject(PayhookService) private readonly payhook: PayhookService,
  ) {}

  /** The shop's own routes have their body parser, as in any Nest application. */
  @Post()
  place(@Body() order: unknown): unknown {
    return { placed: order };
  }

  @Get(':id')
  async find(@Param('id') orderId: string): Promise<unknown> {
    const { items } = await this.payhook.payments({ orderId });
    const invoice = await this.db.getRepository(Invoice).findOneBy({ orderId });
    return { orderId, payments: items.map(({ status }) => status), isSettled: invoice !== null };
  }
}
