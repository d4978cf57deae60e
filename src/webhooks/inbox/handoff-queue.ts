import { Injectable } from '@nestjs/common';
import { EventEmitter } from 'node:events';
import type { PaymentReported } from '../../payments/index.js';
import type { InterpretedMessage } from '../message/interpret-message.js';
import { toPaymentReports } from '../message/payment-reports.js';
import type { NewDelivery } from './delivery.store.js';

/**
 * For how long a new delivery is left to the process that stored it. After that any process claims it. This is shorter
 * than ALERT_SETTLE_SECONDS (5 by default): when a process dies with a success in its queue, the success is still
 * processed before the alert of an earlier failure goes out.
 */
export const CLAIMABLE_AFTER_MS = 1_500;

/** An item takes about 1 kB. */
const MAX_ITEMS = 5_000;

/** How many items of payments that are in hand one look for a batch passes over: 500 take about 50 µs. */
const MAX_PASSED_OVER = 500;

/** A committed message with the payment reports it was translated to: it is neither fetched nor parsed again. */
export interface HandoffItem {
  id: string;
  gateway: string;
  reports: readonly PaymentReported[];
  /** {@link namesOfPayments} of the reports. */
  payments: readonly string[];
}

/** Null for a message without further work (ignored, parked), and for a hint: the fetch worker claims hints. */
export function toHandoffItem(delivery: NewDelivery, interpreted: InterpretedMessage): HandoffItem | null {
  if (delivery.status !== 'pending' || interpreted.content.kind !== 'reports') return null;
  const { id, gateway, account, key, eventId, receivedAt } = delivery;
  const origin = {
    id,
    gateway,
    account,
    key,
    event_id: eventId,
    received_at: receivedAt,
    replay: false,
    silent: false,
  };
  const reports = toPaymentReports(origin, interpreted);
  return { id, gateway, reports, payments: namesOfPayments(reports) };
}

/** The payments that these reports are about, each once, by a name of this process. */
export const namesOfPayments = (reports: readonly PaymentReported[]): string[] => [
  ...new Set(reports.map(nameOfPayment)),
];

/** No name of a gateway or an account contains a slash. */
const nameOfPayment = ({ payload: { gateway, account, report } }: PaymentReported): string =>
  `${gateway}/${account}/${report.gatewayPaymentId}`;

/** What the workers are told. Listeners run inside the producer's call, so they only set a flag or wake a loop. */
export interface HandoffSignals {
  /** Items of one commit were pushed. `batchSize` counts every message of that commit, also those without an item. */
  pushed: [batchSize: number];
  /** A delivery may be due to be claimed from the table. */
  deliveriesDue: [];
  /** A hint may be due to be claimed from the table. */
  hintsDue: [];
}

/**
 * The way from storing a message to processing it, within one process. Producers: `Inbox` pushes what it committed,
 * `FetchWorker` and `ReplayService` signal what is due in the table. Consumers: `HandoffProcessor` takes the items,
 * `DeliveryWorker` and `FetchWorker` claim what is due.
 *
 * Several lanes take batches and work at the same time. The reports of one payment stay in order, because a batch holds
 * no item of a payment that another lane has in hand, and none behind an item that waits for such a payment. So an item
 * with reports of several payments waits for all of them, and whatever comes after it waits for it. What a lane takes
 * from the table keeps to the same rule ({@link HandoffQueue.hold}).
 *
 * The queue is a shortcut, and the table is what counts: an item that does not fit in here, or that is lost with the
 * process, is claimed from the table {@link CLAIMABLE_AFTER_MS} later.
 */
@Injectable()
export class HandoffQueue {
  readonly signals = new EventEmitter<HandoffSignals>();
  private readonly items: HandoffItem[] = [];
  private readonly inHand = new Set<string>();

  get size(): number {
    return this.items.length;
  }

  /** Nobody drains the queue of a process that only takes webhooks (`ROLE=intake`). */
  private get isDrained(): boolean {
    return this.signals.listenerCount('pushed') > 0;
  }

  /** How long, in milliseconds, a new delivery is left to this process. */
  get claimableAfterMs(): number {
    return this.isDrained ? CLAIMABLE_AFTER_MS : 0;
  }

  /** Keeps the items in order, up to 5,000, and none where nobody drains them. */
  push(items: readonly HandoffItem[], batchSize: number): void {
    if (!this.isDrained) return;
    this.items.push(...items.slice(0, MAX_ITEMS - this.items.length));
    this.signals.emit('pushed', batchSize);
  }

  /**
   * Takes out up to `max` items, oldest first. Their payments are in hand until {@link release}. Another process may have
   * claimed some of the items from the table already.
   */
  take(max: number): HandoffItem[] {
    const taken: HandoffItem[] = [];
    const passedOver: HandoffItem[] = [];
    const waiting = new Set<string>();
    for (const item of this.items) {
      if (taken.length === max || passedOver.length === MAX_PASSED_OVER) break;
      if (item.payments.some((payment) => this.inHand.has(payment) || waiting.has(payment))) {
        passedOver.push(item);
        for (const payment of item.payments) waiting.add(payment);
      } else taken.push(item);
    }
    this.items.splice(0, taken.length + passedOver.length, ...passedOver);
    for (const { payments } of taken) for (const payment of payments) this.inHand.add(payment);
    return taken;
  }

  /** The work on these items has ended, well or not: other lanes may take further items of their payments. */
  release(taken: readonly HandoffItem[]): void {
    for (const { payments } of taken) this.letGo(payments);
  }

  /**
   * Takes payments in hand for a delivery from the table. False, and nothing is taken, where a lane has one of them in
   * hand: the delivery may be the later one.
   */
  hold(payments: readonly string[]): boolean {
    if (payments.some((payment) => this.inHand.has(payment))) return false;
    for (const payment of payments) this.inHand.add(payment);
    return true;
  }

  letGo(payments: readonly string[]): void {
    for (const payment of payments) this.inHand.delete(payment);
  }
}
