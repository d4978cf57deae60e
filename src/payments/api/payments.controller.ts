import { Controller, Get, Inject, Param, Query, UseGuards } from '@nestjs/common';
import { ApiBearerAuth, ApiNotFoundResponse, ApiOkResponse, ApiQuery, ApiTags } from '@nestjs/swagger';
import { validate as isUuid } from 'uuid';
import { ApiKeyGuard } from '../../platform/http/api-key.guard.js';
import { parseQuery } from '../../platform/http/page.js';
import { notFound } from '../../platform/http/problem.js';
import { PaymentPageView, PaymentView } from './payment.view.js';
import { PaymentsQuery } from './payments.query.js';
import { PaymentsReader } from './payments.reader.js';

@ApiTags('payments')
@ApiBearerAuth()
@UseGuards(ApiKeyGuard)
@Controller('payments')
export class PaymentsController {
  constructor(@Inject(PaymentsReader) private readonly payments: PaymentsReader) {}

  @Get()
  @ApiQuery({ type: PaymentsQuery })
  @ApiOkResponse({ type: PaymentPageView })
  list(@Query() query: Record<string, unknown>): Promise<PaymentPageView> {
    return this.payments.list(parseQuery(PaymentsQuery, query));
  }

  @Get(':id')
  @ApiOkResponse({ type: PaymentView })
  @ApiNotFoundResponse()
  async find(@Param('id') id: string): Promise<PaymentView> {
    const payment = isUuid(id) ? await this.payments.find(id) : null;
    if (!payment) throw notFound('payment');
    return payment;
  }
}
