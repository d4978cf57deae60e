import { Controller, Delete, Get, Inject, Param, Put, Query } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import {
  ApiProblems,
  BAD_REQUEST,
  BY_ID,
  INVALID_MEMBERS,
  invalidMembers,
  JsonBody,
  KeyedApi,
  KeyName,
  logOperatorAction,
  MerchantScopeQuery,
  notFound,
  ReadsJson,
  RequireRole,
} from '../../feature.js';
import type { AccountKey } from '../account.store.js';
import { isCustomerId } from '../status/customer-id.js';
import { CustomerAccountPageView, CustomerAccountView, HoldBody } from './account.view.js';
import { AccountsQuery } from './accounts.query.js';
import { AccountsService } from './accounts.service.js';
import { readHold } from './hold-body.js';

@Controller('accounts')
@KeyedApi('customer accounts')
export class AccountsController {
  constructor(@Inject(AccountsService) private readonly accounts: AccountsService) {}

  @Get()
  @RequireRole('read')
  @ApiOperation({ summary: 'List customer accounts, newest first' })
  @ApiOkResponse({
    type: CustomerAccountPageView,
    description: 'One page of the customer accounts of one mode and one merchant',
  })
  list(@Query() query: AccountsQuery): Promise<CustomerAccountPageView> {
    const { mode = 'live', merchant = null, limit, ...filter } = query;
    return this.accounts.list({ ...filter, mode, merchant }, limit);
  }

  @Get(':customerId')
  @RequireRole('read')
  @ApiOperation({
    summary: 'Show how a customer stands',
    description: 'A customer that never paid has no account. The id stands in the path percent-encoded.',
  })
  @ApiOkResponse({ type: CustomerAccountView, description: 'The customer account' })
  @ApiProblems(BAD_REQUEST, ...BY_ID)
  find(
    @Param('customerId') customerId: string,
    @Query() scope: MerchantScopeQuery,
  ): Promise<CustomerAccountView> {
    return this.accounts.find(toKnownKey(customerId, scope));
  }

  @Put(':customerId/hold')
  @RequireRole('operate')
  @ApiOperation({
    summary: 'Hold a customer account',
    description:
      'It is `held` until it is released, whatever the customer pays. The reason is written to the log.',
  })
  @ApiBody({ type: HoldBody })
  @ApiOkResponse({ type: CustomerAccountView, description: 'The customer account, held' })
  @ApiProblems(BAD_REQUEST, ...BY_ID, INVALID_MEMBERS)
  @ReadsJson()
  async hold(
    @Param('customerId') customerId: string,
    @Query() scope: MerchantScopeQuery,
    @JsonBody() body: object,
    @KeyName() key: string,
  ): Promise<CustomerAccountView> {
    const read = readHold(body);
    if (!('reason' in read)) throw invalidMembers(read);
    const account = await this.accounts.hold(toKnownKey(customerId, scope), true);
    logOperatorAction(key, 'account_hold', { ...loggedAs(account), reason: read.reason });
    return account;
  }

  @Delete(':customerId/hold')
  @RequireRole('operate')
  @ApiOperation({ summary: 'Release a customer account', description: 'It stands as its payments say.' })
  @ApiOkResponse({ type: CustomerAccountView, description: 'The customer account, released' })
  @ApiProblems(BAD_REQUEST, ...BY_ID)
  async release(
    @Param('customerId') customerId: string,
    @Query() scope: MerchantScopeQuery,
    @KeyName() key: string,
  ): Promise<CustomerAccountView> {
    const account = await this.accounts.hold(toKnownKey(customerId, scope), false);
    logOperatorAction(key, 'account_release', loggedAs(account));
    return account;
  }
}

/** The customer's id is erased with the person, and stays out of the log: a payment of the customer stands for it. */
const loggedAs = ({ mode, merchant, lastPaymentId }: CustomerAccountView) => ({
  mode,
  merchant,
  paymentId: lastPaymentId,
});

/** @throws Problem 404 where the id cannot be that of a customer. */
function toKnownKey(customerId: string, { mode = 'live', merchant }: MerchantScopeQuery): AccountKey {
  if (!isCustomerId(customerId)) throw notFound('account');
  return { mode, merchant: merchant ?? null, customerId };
}
