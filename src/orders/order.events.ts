import { type DataSchema, DomainEvent, type Mode, shownAs } from '../feature.js';
import { ORDER_FLAGS, ORDER_STATUSES, type OrderFlag, type OrderStatus } from './status/order-status.js';

/** An order as an event shows it, without personal data. A handler that needs the customer reads the order itself. */
export interface OrderSnapshot {
  /** Ours. */
  id: string;
  orderId: string;
  mode: Mode;
  merchant: string | null;
  status: OrderStatus;
  flags: readonly OrderFlag[];
  /** What is due, in minor units; null where nobody registered the order. */
  amount: string | null;
  currency: string | null;
  amountPaid: string;
  amountRefunded: string;
  /** ISO 8601. */
  expiresAt: string | null;
  /** Nobody registered the order. */
  unexpected: boolean;
  /** The payment that the event is about, where it is about one. */
  paymentId: string | null;
  /** Of `order.flagged`: what is wrong. */
  flag: OrderFlag | null;
}

const { about, amount, currency, flag, list, oneOf, orNull, text, time, uuid } = shownAs;

const SHOWN: Readonly<Record<keyof OrderSnapshot, DataSchema>> = {
  id: uuid,
  orderId: text,
  mode: oneOf(['live', 'test']),
  merchant: orNull(text),
  status: oneOf(ORDER_STATUSES),
  flags: list(oneOf(ORDER_FLAGS)),
  amount: about(orNull(amount), 'What is due; null where nobody registered the order'),
  currency: orNull(currency),
  amountPaid: amount,
  amountRefunded: amount,
  expiresAt: orNull(time),
  unexpected: about(flag, 'Nobody registered the order'),
  paymentId: about(orNull(uuid), 'The payment that the event is about, where it is about one'),
  flag: about(orNull(oneOf(ORDER_FLAGS)), 'Of `order.flagged`: what is wrong'),
};

/** An event whose payload is the order after the change. */
abstract class OrderEvent extends DomainEvent<OrderSnapshot> {
  static override readonly defaults: Readonly<Record<string, unknown>> = {
    merchant: null,
    amountRefunded: '0',
    expiresAt: null,
    unexpected: false,
    paymentId: null,
    flag: null,
  };
  static override readonly shown = SHOWN;
}

/** Published whenever what came, less what was refunded, becomes exactly what is due; and when settled as paid. */
export class OrderPaid extends OrderEvent {
  static override readonly eventName = 'order.paid';
}
/** Published once for each flag and payment. */
export class OrderFlagged extends OrderEvent {
  static override readonly eventName = 'order.flagged';
}
/** Published once for each `expiresAt` that passes without a payment. */
export class OrderOverdue extends OrderEvent {
  static override readonly eventName = 'order.overdue';
}
/** Published once for each refund. */
export class OrderRefunded extends OrderEvent {
  static override readonly eventName = 'order.refunded';
}
export class OrderCanceled extends OrderEvent {
  static override readonly eventName = 'order.canceled';
}
/** Published once for each dispute. */
export class OrderDisputed extends OrderEvent {
  static override readonly eventName = 'order.disputed';
}

/** The class of each event by its name. */
export const ORDER_EVENTS = {
  'order.paid': OrderPaid,
  'order.flagged': OrderFlagged,
  'order.overdue': OrderOverdue,
  'order.refunded': OrderRefunded,
  'order.canceled': OrderCanceled,
  'order.disputed': OrderDisputed,
} as const;
