import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { validate as isUuid } from 'uuid';
import { ApiProblems } from '../../platform/http/api-problems.decorator.js';
import { KeyedApi } from '../../platform/http/keyed-api.decorator.js';
import { notFound } from '../../platform/http/problem.js';
import { BAD_REQUEST, BY_ID } from '../../platform/http/problem-types.js';
import { PaymentPageView, PaymentView } from './payment.view.js';
import { PaymentsQuery } from './payments.query.js';
import { PaymentsReader } from './payments.reader.js';

@Controller('payments')
@KeyedApi('payments')
export class PaymentsController {
  constructor(@Inject(PaymentsReader) private readonly payments: PaymentsReader) {}

  @Get()
  @ApiOperation({ summary: 'List payments, newest first' })
  @ApiOkResponse({ type: PaymentPageView, description: 'One page of payments, without their timelines' })
  @ApiProblems(BAD_REQUEST)
  list(@Query() query: PaymentsQuery): Promise<PaymentPageView> {
    return this.payments.list(query);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Show one payment with the newest 200 entries of its timeline' })
  @ApiOkResponse({ type: PaymentView, description: 'The payment' })
  @ApiProblems(...BY_ID)
  async find(@Param('id') id: string): Promise<PaymentView> {
    const payment = isUuid(id) ? await this.payments.find(id) : null;
    if (!payment) throw notFound('payment');
    return payment;
  }
}
