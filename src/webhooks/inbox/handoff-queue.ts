import type { PaymentReported } from '../../payments/index.js';
import type { NewDelivery } from './delivery.store.js';
import type { InterpretedMessage } from '../message/interpret-message.js';
import { toPaymentReports } from './stored-delivery.reader.js';

/**
 * How long work that was handed over in memory is left to the process that took it in. Then anyone claims it: sooner
 * than an alert settles, so that a success which died with its process still keeps the alert of a failure back.
 */
export const CLAIMABLE_AFTER_MS = 1_500;

/** About a kilobyte each. */
const MAX_ITEMS = 5_000;

/** A message that is on disk, and what it was read as at the door: it need be neither fetched nor parsed again. */
export interface HandoffItem {
  id: string;
  gateway: string;
  reports: readonly PaymentReported[];
}

/** Of what was just committed, what is to be worked on; null for a message that was ended at the door, or is a hint. */
export function toHandoffItem(delivery: NewDelivery, reading: InterpretedMessage): HandoffItem | null {
  if (delivery.status !== 'pending' || reading.content.kind !== 'reports') return null;
  const { id, gateway, account, key, eventId, receivedAt } = delivery;
  const firstTime = { replay: false, silent: false };
  const stored = { id, gateway, account, key, event_id: eventId, received_at: receivedAt, ...firstTime };
  return { id, gateway, reports: toPaymentReports(stored, reading) };
}

/**
 * What this process took in and has not worked on yet, oldest first. Only a shortcut: the rows on disk are what is
 * relied on, and what does not fit in here, or dies with the process, is claimed from there.
 */
export class HandoffQueue {
  private readonly waiting: HandoffItem[] = [];

  get size(): number {
    return this.waiting.length;
  }

  push(arrivals: readonly HandoffItem[]): void {
    this.waiting.push(...arrivals.slice(0, MAX_ITEMS - this.waiting.length));
  }

  /** Some of it may have been claimed meanwhile, where this process was slow. */
  drain(most: number): HandoffItem[] {
    return this.waiting.splice(0, most);
  }
}
