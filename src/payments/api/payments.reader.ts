import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { Brackets, type Repository } from 'typeorm';
import { pageOf } from '../../platform/http/page.js';
import { comparePlaces, placeOf } from '../projection/causal-order.js';
import { namedNow } from '../privacy/customer-search.js';
import { PaymentReportRow } from '../recording/payment-report.entity.js';
import { Payment } from '../recording/payment.entity.js';
import { placedReport } from '../recording/stored-projection.js';
import { entryOf, summaryOf, type PaymentPageView, type PaymentView } from './payment.view.js';
import type { PaymentsQuery } from './payments.query.js';

const SHOWN_ENTRIES = 200;
const EXACT = ['gateway', 'account', 'merchant', 'status', 'gatewayPaymentId'] as const;

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
    for (const name of EXACT) {
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
      const { sql, parameters } = await namedNow(this.payments.manager, query.customer);
      found.andWhere(`payment.id IN (${sql})`, parameters);
    }
    if (query.from !== undefined)
      found.andWhere('payment.createdAt >= :from', { from: new Date(query.from) });
    if (query.to !== undefined) found.andWhere('payment.createdAt < :to', { to: new Date(query.to) });
    if (query.cursor !== undefined) found.andWhere('payment.id < :cursor', { cursor: query.cursor });
    return pageOf(await found.getMany(), query.limit, summaryOf);
  }

  /** The payment with the newest entries of its timeline, in causal order; null when there is none. */
  async find(id: string): Promise<PaymentView | null> {
    const payment = await this.payments.findOneBy({ id });
    if (!payment) return null;
    const newest = await this.reports.find({
      where: { paymentId: id },
      order: { occurredAt: 'DESC' },
      // Entries of the same instant are ordered by rank, which the database does not know: read past the edge.
      take: SHOWN_ENTRIES * 2,
    });
    const placed = newest.map((row) => ({
      row,
      place: placeOf(placedReport(row, payment.gatewayPaymentId)),
    }));
    placed.sort((a, b) => comparePlaces(a.place, b.place));
    return {
      ...summaryOf(payment),
      timelineTruncated: payment.fold.reports > SHOWN_ENTRIES,
      timeline: placed.slice(-SHOWN_ENTRIES).map(({ row }) => entryOf(row)),
    };
  }
}
