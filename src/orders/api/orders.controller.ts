import { Controller, Get, HttpCode, Inject, Param, Post, Put, Query, Res } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import type { Response } from 'express';
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
  type PaymentOrder,
  ReadsJson,
  RequireRole,
} from '../../feature.js';

import { readRegistration, readSettlement } from './order-body.js';
import { isOrderId } from '../order-id.js';
import { NOT_ALLOWED_NOW, UNCOMPUTABLE } from './order-problems.js';
import { OrderBody, OrderPageView, OrderView, SettlementBody } from './order.view.js';
import { OrdersQuery } from './orders.query.js';
import { OrdersService } from './orders.service.js';

/** 16 entries of metadata have 8,640 characters, and JSON may write a character as an escape of 12 bytes. */
const MAX_BODY_KIB = 128;

@Controller('orders')
@KeyedApi('orders')
export class OrdersController {
  constructor(@Inject(OrdersService) private readonly orders: OrdersService) {}

  @Put(':orderId')
  @RequireRole('checkout')
  @ApiOperation({
    summary: 'Register an order, or replace it',
    description:
      'A body that equals what is registered changes nothing, in any status. Another one is taken while the order is open ' +
      'or overdue. The order may be registered before its payment, during it or after it.',
  })
  @ApiBody({ type: OrderBody })
  @ApiCreatedResponse({ type: OrderView, description: 'The order was not registered before' })
  @ApiOkResponse({ type: OrderView, description: 'The order was registered before' })
  @ApiProblems(BAD_REQUEST, ...BY_ID, INVALID_MEMBERS, NOT_ALLOWED_NOW, UNCOMPUTABLE)
  @ReadsJson({ maxKib: MAX_BODY_KIB })
  async register(
    @Param('orderId') orderId: string,
    @Query() scope: MerchantScopeQuery,
    @JsonBody() body: object,
    @Res({ passthrough: true }) response: Response,
  ): Promise<OrderView> {
    const read = readRegistration(body);
    const ofId = isOrderId(orderId)
      ? []
      : [{ path: 'orderId', message: 'must be 1 to 255 printable ASCII characters, and not . or ..' }];
    if (!('amount' in read)) throw invalidMembers([...ofId, ...read]);
    if (ofId.length > 0) throw invalidMembers(ofId);
    const { view, isNew } = await this.orders.register(toKey(orderId, scope), read);
    response.status(isNew ? 201 : 200);
    return view;
  }

  @Get()
  @RequireRole('read', 'checkout')
  @ApiOperation({ summary: 'List orders, newest first' })
  @ApiOkResponse({ type: OrderPageView, description: 'One page of the orders of one mode and one merchant' })
  list(@Query() query: OrdersQuery): Promise<OrderPageView> {
    const { mode = 'live', merchant = null, limit, ...filter } = query;
    return this.orders.list({ ...filter, mode, merchant }, limit);
  }

  @Get(':orderId')
  @RequireRole('read', 'checkout')
  @ApiOperation({ summary: 'Show one order with its payments' })
  @ApiOkResponse({ type: OrderView, description: 'The order' })
  @ApiProblems(BAD_REQUEST, ...BY_ID)
  async find(@Param('orderId') orderId: string, @Query() scope: MerchantScopeQuery): Promise<OrderView> {
    const order = await this.orders.find(toKnownKey(orderId, scope));
    if (!order) throw notFound('order');
    return order;
  }

  @Post(':orderId/cancel')
  @HttpCode(200)
  @RequireRole('operate')
  @ApiOperation({
    summary: 'Cancel an order',
    description: 'Everything that was captured must be refunded before. What is paid afterwards is flagged.',
  })
  @ApiOkResponse({ type: OrderView, description: 'The order, canceled' })
  @ApiProblems(BAD_REQUEST, ...BY_ID, NOT_ALLOWED_NOW, UNCOMPUTABLE)
  async cancel(
    @Param('orderId') orderId: string,
    @Query() scope: MerchantScopeQuery,
    @KeyName() key: string,
  ): Promise<OrderView> {
    const order = await this.orders.cancel(toKnownKey(orderId, scope));
    logOperatorAction(key, 'order_cancel', { orderId, ...scope });
    return order;
  }

  @Post(':orderId/settle')
  @HttpCode(200)
  @RequireRole('operate')
  @ApiOperation({
    summary: 'Settle a flagged order',
    description: 'The order is as settled until its money changes. The reason is written to the log.',
  })
  @ApiBody({ type: SettlementBody })
  @ApiOkResponse({ type: OrderView, description: 'The order, as settled' })
  @ApiProblems(BAD_REQUEST, ...BY_ID, INVALID_MEMBERS, NOT_ALLOWED_NOW, UNCOMPUTABLE)
  @ReadsJson()
  async settle(
    @Param('orderId') orderId: string,
    @Query() scope: MerchantScopeQuery,
    @JsonBody() body: object,
    @KeyName() key: string,
  ): Promise<OrderView> {
    const read = readSettlement(body);
    if (!('as' in read)) throw invalidMembers(read);
    const order = await this.orders.settle(toKnownKey(orderId, scope), read.as);
    logOperatorAction(key, 'order_settle', { orderId, ...scope, as: read.as, reason: read.reason });
    return order;
  }
}

const toKey = (orderId: string, { mode = 'live', merchant }: MerchantScopeQuery): PaymentOrder => ({
  mode,
  merchant: merchant ?? null,
  orderId,
});

/** @throws Problem 404 where the id cannot be that of an order. */
function toKnownKey(orderId: string, scope: MerchantScopeQuery): PaymentOrder {
  if (!isOrderId(orderId)) throw notFound('order');
  return toKey(orderId, scope);
}
