import { PaymentChanged, type ReportedKind } from '../payment.events.js';
import { isSameOrder, orderOfPayment, type PaymentOrder } from '../projection/payment-order.js';
import type { Projection } from '../projection/projection.js';
import type { PaymentRow } from './payment-row.js';

/** What handlers are told of a payment that is written: `before` is its row until now, `after` becomes its row. */
export function createPaymentChange(
  id: string,
  gatewayPaymentId: string,
  { before, after }: { before: PaymentRow | undefined; after: Projection },
  silent: boolean,
  reported: readonly ReportedKind[] = [],
): PaymentChanged {
  const order = orderOfPayment({
    gatewayPaymentId,
    mode: after.mode ?? 'live',
    merchant: after.merchant,
    orderId: after.orderId,
    gatewayOrderId: after.gatewayOrderId,
  });
  const known = before && orderOfRow(before, gatewayPaymentId);
  const previousOrder = known && !isSameOrder(known, order) ? known : null;
  return new PaymentChanged(id, id, { previousOrder, reported }, silent);
}

const orderOfRow = (row: PaymentRow, gatewayPaymentId: string): PaymentOrder =>
  orderOfPayment({
    gatewayPaymentId,
    mode: row.mode as PaymentOrder['mode'],
    merchant: row.merchant as string | null,
    orderId: row.order_id as string | null,
    gatewayOrderId: row.gateway_order_id as string | null,
  });
