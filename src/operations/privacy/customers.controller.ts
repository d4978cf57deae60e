import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { RequireRole } from '../../platform/http/api-key.guard.js';
import { ReadsJson } from '../../platform/http/json-body.js';
import { KeyedApi } from '../../platform/http/keyed-api.decorator.js';
import { KeyName, logOperatorAction } from '../../platform/http/operator-act.js';
import { badRequest } from '../../platform/http/problem.js';
import { KnownGateways } from '../../webhooks/index.js';
import { CustomerErasure, ErasedView, EraseCustomerBody } from './customer-erasure.js';

@Controller('customers')
@KeyedApi('operations')
export class CustomersController {
  constructor(
    @Inject(CustomerErasure) private readonly erasure: CustomerErasure,
    @Inject(KnownGateways) private readonly gateways: KnownGateways,
  ) {}

  /** The customer stands in the body and not in the path, because URLs end up in logs. */
  @Post('erase')
  @HttpCode(200)
  @RequireRole('operate')
  @ApiOperation({
    summary: 'Erase one person',
    description:
      'Clears the customer from payments, reports, messages, refused requests and stored payloads of every status; ' +
      'amounts, ids and keys stay. A later message about an erased payment restores no customer data. ' +
      'Cannot be undone.',
  })
  @ApiOkResponse({ type: ErasedView, description: 'What was erased' })
  @ReadsJson()
  async erase(@Body() body: EraseCustomerBody, @KeyName() key: string): Promise<ErasedView> {
    const { customer, gateway, account } = body;
    // A misspelt gateway would erase nothing, and the answer would read as if there was nothing to erase.
    if (gateway !== undefined && !(await this.gateways.has(gateway)))
      throw badRequest('bad parameter: gateway');
    const erased = await this.erasure.erase({
      identifier: customer,
      gateway: gateway ?? null,
      account: account ?? null,
    });
    logOperatorAction(key, 'erase', { gateway, account, ...erased });
    return erased;
  }
}
