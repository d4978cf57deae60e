import { type DynamicModule, Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { entities, migrations, PayhookModule } from 'payhook';
import { acmeGateway } from './acme.gateway.js';
import { Invoice, Invoices1700000000000 } from './invoice.entity.js';
import { SettleInvoiceHandler } from './settle-invoice.handler.js';
import { ShopController } from './shop.controller.js';
import { TextMessageChannel } from './text-message.channel.js';

/** What the shop is started with. */
export interface ShopOptions {
  databaseUrl: string;
  /** Payhook's settings, by the names of its `.env.example`. */
  settings: Readonly<Record<string, string | undefined>>;
  channel: TextMessageChannel;
}

@Module({})
export class ShopModule {
  static with({ databaseUrl, settings, channel }: ShopOptions): DynamicModule {
    return {
      module: ShopModule,
      imports: [
        TypeOrmModule.forRoot({
          type: 'postgres',
          url: databaseUrl,
          entities: [...entities, Invoice],
          migrations: [...migrations, Invoices1700000000000],
          migrationsRun: true,
          // Some of Payhook's migrations run outside of a transaction.
          migrationsTransactionMode: 'each',
        }),
        PayhookModule.forRoot({
          settings,
          dataSource: 'default',
          gateways: [acmeGateway],
          handlers: [SettleInvoiceHandler],
          channels: [channel],
        }),
      ],
      controllers: [ShopController],
    };
  }
}
