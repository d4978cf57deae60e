import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { toPage } from '../../platform/http/page.js';
import { comparePositions, positionOf } from '../projection/causal-order.js';
import { findPaymentById, findPaymentPage } from '../recording/payment-list.store.js';
import { findNewestReports } from '../recording/payment-report.store.js';
import { restoreReport } from '../recording/stored-projection.js';
import {
  toSummaryView,
  toTimelineEntryView,
  type PaymentPageView,
  type PaymentSummaryView,
  type PaymentView,
} from './payment.view.js';
import type { PaymentsQuery } from './payments.query.js';

const MAX_TIMELINE_ENTRIES = 200;

/** Reads payments for the API. Writes nothing. */
@Injectable()
export class PaymentsReader {
  constructor(private readonly db: DataSource) {}

  /** One page of payments, newest first. */
  async list(query: PaymentsQuery): Promise<PaymentPageView> {
    const found = await findPaymentPage(this.db.manager, query, query.limit + 1);
    return toPage(found, query.limit, toSummaryView);
  }

  /** The payment without its timeline, as a page shows it; null when there is none. */
  async findSummary(id: string): Promise<PaymentSummaryView | null> {
    const payment = await findPaymentById(this.db.manager, id);
    return payment && toSummaryView(payment);
  }

  /** The payment with the newest 200 entries of its timeline, in causal order; null when there is none. */
  async find(id: string): Promise<PaymentView | null> {
    const payment = await findPaymentById(this.db.manager, id);
    if (!payment) return null;
    // The database orders by time alone. Entries of the same moment are ordered by rank, so more rows than shown are read.
    const newest = await findNewestReports(this.db.manager, id, MAX_TIMELINE_ENTRIES * 2);
    const ordered = newest.map((row) => ({
      row,
      position: positionOf(restoreReport(row, payment.gatewayPaymentId)),
    }));
    ordered.sort((a, b) => comparePositions(a.position, b.position));
    return {
      ...toSummaryView(payment),
      timelineTruncated: payment.fold.reports > MAX_TIMELINE_ENTRIES,
      timeline: ordered.slice(-MAX_TIMELINE_ENTRIES).map(({ row }) => toTimelineEntryView(row)),
    };
  }
}
