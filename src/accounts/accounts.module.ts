import { Module } from '@nestjs/common';
import { AccountsController } from './api/accounts.controller.js';
import { AccountsService } from './api/accounts.service.js';
import { NoteAccountWorkOnOrderCustomerChangedHandler } from './handlers/note-account-work-on-order-customer-changed.handler.js';
import { AccountUpdates } from './processing/account-updates.js';

/** How the customers of a merchant stand. */
@Module({
  controllers: [AccountsController],
  providers: [AccountsService, AccountUpdates, NoteAccountWorkOnOrderCustomerChangedHandler],
})
export class AccountsModule {}
