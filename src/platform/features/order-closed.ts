import { DomainEvent } from '../events/domain-event.js';
import type { OrderOfPayment } from './feature.js';

/**
 * Nothing is due any more of an order: it was canceled or settled. Its subject is the order's id in the feature that knows
 * it. Not stored: it is handled in the transaction that closes the order (`TransactionHandler`), by
 * `EventPublisher.applyInTransaction`. A feature that publishes it answers `PayhookFeature.findOrderDebts`, too.
 */
export class OrderClosed extends DomainEvent<OrderOfPayment> {
  static override readonly eventName = 'order.closed';
}
