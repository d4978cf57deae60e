import { Controller, HttpCode, Inject, Post, Req, UseGuards } from '@nestjs/common';
import {
  ApiBadRequestResponse,
  ApiBearerAuth,
  ApiBody,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { Request } from 'express';
import { ApiKeyGuard, RequireRole } from '../../platform/http/api-key.guard.js';
import { readJsonObject } from '../../platform/http/json-body.js';
import { KeyName, logOperatorAction } from '../../platform/http/operator-act.js';
import { parseBody } from '../../platform/http/page.js';
import { CustomerErasure, ErasedView, EraseCustomerBody } from './customer-erasure.js';

@ApiTags('operations')
@ApiBearerAuth()
@UseGuards(ApiKeyGuard)
@Controller('customers')
export class CustomersController {
  constructor(@Inject(CustomerErasure) private readonly erasure: CustomerErasure) {}

  /** The customer is in the body and not in the path, because URLs are logged by proxies. */
  @Post('erase')
  @HttpCode(200)
  @RequireRole('operate')
  @ApiOperation({
    summary: 'Erase one person',
    description:
      'Clears the customer from payments, reports, messages, refused requests and stored payloads of every status. ' +
      'Amounts, ids and keys stay. Later messages about an erased payment do not bring the customer back. ' +
      'Cannot be undone.',
  })
  @ApiBody({ type: EraseCustomerBody })
  @ApiOkResponse({ type: ErasedView })
  @ApiBadRequestResponse()
  async erase(@Req() request: Request, @KeyName() key: string): Promise<ErasedView> {
    const { customer, gateway, account } = parseBody(EraseCustomerBody, await readJsonObject(request));
    const erased = await this.erasure.erase({
      identifier: customer,
      gateway: gateway ?? null,
      account: account ?? null,
    });
    logOperatorAction(key, 'erase', { gateway, account, ...erased });
    return erased;
  }
}
