import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Brackets, type Repository } from 'typeorm';
import { toPage } from '../../platform/http/page.js';
import { comparePositions, positionOf } from '../projection/causal-order.js';
import { customerCondition } from '../privacy/customer-search.js';
import { PaymentReportRow } from '../recording/payment-report.entity.js';
import { Payment } from '../recording/payment.entity.js';
import { restoreReport } from '../recording/stored-projection.js';
import {
  toTimelineEntryView,
  toSummaryView,
  type PaymentPageView,
  type PaymentView,
} from './payment.view.js';
import type { PaymentsQuery } from './payments.query.js';

const MAX_TIMELINE_ENTRIES = 200;
const EXACT_FILTERS = ['gateway', 'account', 'merchant', 'status', 'gatewayPaymentId'] as const;

/** Payments as the business sees them. Reads only. */
@Injectable()
export class PaymentsReader {
  constructor(
    @InjectRepository(Payment) private readonly payments: Repository<Payment>,
    @InjectRepository(PaymentReportRow) private readonly reports: Repository<PaymentReportRow>,
  ) {}

  async list(query: PaymentsQuery): Promise<PaymentPageView> {
    const found = this.payments
      .createQueryBuilder('payment')
      .orderBy('payment.id', 'DESC')
      .limit(query.limit + 1);
    for (const name of EXACT_FILTERS) {
      if (query[name] !== undefined) found.andWhere(`payment.${name} = :${name}`, { [name]: query[name] });
    }
    if (query.orderId !== undefined) {
      const order = { order: query.orderId };
      found.andWhere(
        new Brackets((either) =>
          either.where('payment.orderId = :order', order).orWhere('payment.gatewayOrderId = :order', order),
        ),
      );
    }
    if (query.customer !== undefined) {
      const { sql, parameters } = await customerCondition(this.payments.manager, query.customer);
      found.andWhere(`payment.id IN (${sql})`, parameters);
    }
    if (query.from !== undefined)
      found.andWhere('payment.createdAt >= :from', { from: new Date(query.from) });
    if (query.to !== undefined) found.andWhere('payment.createdAt < :to', { to: new Date(query.to) });
    if (query.cursor !== undefined) found.andWhere('payment.id < :cursor', { cursor: query.cursor });
    return toPage(await found.getMany(), query.limit, toSummaryView);
  }

  /** The payment with the newest entries of its timeline, in causal order; null when there is none. */
  async find(id: string): Promise<PaymentView | null> {
    const payment = await this.payments.findOneBy({ id });
    if (!payment) return null;
    const newest = await this.reports.find({
      where: { paymentId: id },
      order: { occurredAt: 'DESC' },
      // Entries of the same instant are ordered by rank, which the database does not know: read past the edge.
      take: MAX_TIMELINE_ENTRIES * 2,
    });
    const placed = newest.map((row) => ({
      row,
      place: positionOf(restoreReport(row, payment.gatewayPaymentId)),
    }));
    placed.sort((a, b) => comparePositions(a.place, b.place));
    return {
      ...toSummaryView(payment),
      timelineTruncated: payment.fold.reports > MAX_TIMELINE_ENTRIES,
      timeline: placed.slice(-MAX_TIMELINE_ENTRIES).map(({ row }) => toTimelineEntryView(row)),
    };
  }
}
