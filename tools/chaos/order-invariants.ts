/** Ids of what is wrong with the orders, over all rounds so far. Nothing waits to be worked on when they are asked. */
export const ORDER_VIOLATIONS: readonly ['wrong' | 'duplicated', string, string][] = [
  [
    'wrong',
    'work of a feature is left',
    `SELECT feature || ' ' || payment_ids::text AS what FROM feature_work`,
  ],
  [
    'wrong',
    'an order is due and was not looked at',
    `SELECT order_id AS what FROM orders WHERE due_at <= now()`,
  ],
  [
    'wrong',
    "an order's amounts differ from its payments",
    // Said in other words than the service says it, of the columns of the payments alone.
    `SELECT order_id AS what FROM orders due CROSS JOIN LATERAL (
       SELECT coalesce(sum(coalesce(payment.amount_captured, CASE WHEN payment.state = 'succeeded' THEN payment.amount END)), 0)
           AS captured, coalesce(sum(payment.amount_refunded), 0) AS refunded
       FROM payments payment WHERE coalesce(payment.order_id, payment.gateway_order_id, payment.gateway_payment_id) = due.order_id
         AND payment.mode = due.mode AND coalesce(payment.merchant, '') = due.merchant AND payment.currency = due.currency
         AND payment.gateway = coalesce(due.gateway, payment.gateway)
         AND payment.account = coalesce(due.account, payment.account)) AS came
     WHERE (due.amount_paid, due.amount_refunded) IS DISTINCT FROM (came.captured, came.refunded)`,
  ],
  [
    'wrong',
    "an order's status does not fit its money",
    `SELECT order_id AS what FROM orders WHERE settlement IS NULL AND registered AND NOT CASE status
       WHEN 'open' THEN amount_paid = 0 AND canceled_at IS NULL
       WHEN 'overdue' THEN amount_paid = 0 AND canceled_at IS NULL AND expires_at <= now()
       WHEN 'canceled' THEN amount_paid = amount_refunded AND canceled_at IS NOT NULL
       WHEN 'refunded' THEN amount_paid = amount_refunded AND amount_paid > 0
       WHEN 'partially_paid' THEN amount_paid < amount AND amount_paid > amount_refunded
       WHEN 'partially_refunded' THEN amount_paid >= amount AND amount_paid - amount_refunded < amount
       WHEN 'paid' THEN amount_paid - amount_refunded = amount
       WHEN 'flagged' THEN jsonb_array_length(flags) > 0
       ELSE true END`,
  ],
  [
    'duplicated',
    'an event of an order was published twice',
    // By what the event tells, and not by its key. A payment of a story has one dispute at the most.
    `SELECT name || ' ' || subject_id AS what FROM domain_events
     WHERE name IN ('order.flagged', 'order.overdue', 'order.canceled', 'order.disputed')
     GROUP BY subject_id, name, payload ->> 'flag', payload ->> 'paymentId', payload ->> 'expiresAt' HAVING count(*) > 1`,
  ],
];
