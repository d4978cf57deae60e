import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { configurePayhook } from 'payhook';
import { ShopModule } from './shop.module.js';
import { TextMessageChannel } from './text-message.channel.js';

/** `DATABASE_URL=postgres://… WEBHOOK_SECRETS_ACME=… API_KEYS=… node dist/src/main.js` */
const app = await NestFactory.create(
  ShopModule.with({
    databaseUrl: process.env.DATABASE_URL ?? 'postgres://127.0.0.1/shop',
    settings: process.env,
    channel: new TextMessageChannel(),
  }),
);
configurePayhook(app);
app.enableShutdownHooks();
await app.listen(3000, '127.0.0.1');
