/** Ids of what is wrong with the books, over all rounds so far. Nothing waits to be booked when they are asked. */
export const LEDGER_VIOLATIONS: readonly ['wrong' | 'duplicated', string, string][] = [
  [
    'wrong',
    'the books differ from a payment',
    // Said in other words than the service says it, of the columns of the payment alone.
    `SELECT payment.id::text AS what FROM payments payment CROSS JOIN LATERAL (
       SELECT coalesce(-sum(entry.amount) FILTER (WHERE name IN ('revenue', 'reversals')), 0) AS captured,
         coalesce(sum(entry.amount) FILTER (WHERE name = 'refunds'), 0) AS refunded,
         coalesce(sum(entry.amount) FILTER (WHERE name LIKE 'disputes:%'), 0) AS disputed,
         coalesce(sum(entry.amount) FILTER (WHERE name LIKE 'fees:%'), 0) AS fee
       FROM ledger_entries entry JOIN ledger_accounts account ON account.id = entry.ledger_account_id
       WHERE entry.payment_id = payment.id) AS booked
     WHERE (booked.captured, booked.refunded, booked.disputed, booked.fee) IS DISTINCT FROM (
       coalesce(payment.amount_captured, CASE WHEN payment.state = 'succeeded' THEN payment.amount END, 0),
       payment.amount_refunded, payment.amount_disputed, coalesce((payment.fee ->> 'amount')::numeric, 0))`,
  ],
  [
    'duplicated',
    'a capture was booked twice',
    `SELECT entry.payment_id::text AS what
     FROM ledger_entries entry JOIN ledger_accounts account ON account.id = entry.ledger_account_id
     WHERE account.name = 'revenue' AND entry.cause = 'payment.succeeded'
     GROUP BY entry.payment_id HAVING count(*) > 1`,
  ],
  [
    'wrong',
    'a transaction of the ledger does not sum to zero',
    `SELECT transaction_id::text AS what FROM ledger_entries GROUP BY transaction_id HAVING sum(amount) <> 0`,
  ],
  [
    'wrong',
    'a ledger balance is not the sum of its entries',
    `SELECT account.id::text AS what FROM ledger_accounts account WHERE balance <> (
       SELECT coalesce(sum(amount), 0) FROM ledger_entries WHERE ledger_account_id = account.id)`,
  ],
];
