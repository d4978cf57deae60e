import { applyDecorators, Controller, HttpCode, Inject, Param, Post, Req } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiOperation, ApiProperty } from '@nestjs/swagger';
import type { Request } from 'express';
import { DEFAULT_ACCOUNT } from '../../platform/config/configurable-gateway.js';
import { RequireRole } from '../../platform/http/api-key.guard.js';
import { ApiProblems } from '../../platform/http/api-problems.decorator.js';
import { ReadsJson } from '../../platform/http/json-body.js';
import { KeyedApi } from '../../platform/http/keyed-api.decorator.js';
import { UNREADABLE_PATH } from '../../platform/http/problem-types.js';
import { UUID } from '../../platform/http/schema-types.js';
import { CANNOT_ASK_NOW, INVALID_CONFIRMATION, NOTHING_TO_ASK } from './confirmation-problems.js';
import { type AcceptedConfirmation, ConfirmationsService } from './confirmations.service.js';

export class ConfirmationView {
  @ApiProperty({
    enum: ['accepted', 'duplicate'],
    description: '`duplicate`: the same question waits already, and is asked once',
  })
  status!: 'accepted' | 'duplicate';
  @ApiProperty({ ...UUID, description: 'The delivery that the question is' }) id!: string;
}

/** A body of any form, because each gateway has its own: what is wrong with it is 422 and not 400. */
function Confirms(summary: string): MethodDecorator {
  return applyDecorators(
    HttpCode(202),
    ApiOperation({ summary }),
    ApiBody({
      schema: { type: 'object', additionalProperties: true, example: { order_id: 'order_1' } },
      description: 'Read by the gateway: see docs/confirmations.md. Further members are not looked at.',
    }),
    ApiAcceptedResponse({ type: ConfirmationView, description: 'The gateway will be asked' }),
    ApiProblems(UNREADABLE_PATH, NOTHING_TO_ASK, INVALID_CONFIRMATION, CANNOT_ASK_NOW),
    ReadsJson({ anyValue: true }),
  );
}

/** What the browser was given after a payment, brought back by the shop's server. It only makes us ask. */
@Controller('confirmations')
@KeyedApi('confirmations')
@RequireRole('checkout')
export class ConfirmationsController {
  constructor(@Inject(ConfirmationsService) private readonly confirmations: ConfirmationsService) {}

  @Post(':gateway')
  @Confirms('Confirm a payment of the default account: the gateway is asked, and its answer counts')
  confirm(@Param('gateway') gateway: string, @Req() { body }: Request): Promise<AcceptedConfirmation> {
    return this.confirmations.confirm(gateway, DEFAULT_ACCOUNT, body);
  }

  @Post(':gateway/:account')
  @Confirms('Confirm a payment of an account: the gateway is asked, and its answer counts')
  confirmOfAccount(
    @Param('gateway') gateway: string,
    @Param('account') account: string,
    @Req() { body }: Request,
  ): Promise<AcceptedConfirmation> {
    return this.confirmations.confirm(gateway, account, body);
  }
}
