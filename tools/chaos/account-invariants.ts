/** Ids of what is wrong with the customer accounts, over all rounds so far. Nothing waits to be worked on when they are asked. */
export const ACCOUNT_VIOLATIONS: readonly ['wrong' | 'duplicated', string, string][] = [
  [
    'wrong',
    'a grace is over and was not looked at',
    `SELECT customer_id AS what FROM accounts WHERE grace_ends_at <= now()`,
  ],
  [
    'wrong',
    'the last event of a customer account is not its status',
    `SELECT customer_id AS what FROM accounts account WHERE status IS NOT NULL AND (
       SELECT replace(name, 'activated', 'active') FROM domain_events WHERE subject_id = account.id
       ORDER BY id DESC LIMIT 1) IS DISTINCT FROM 'account.' || status`,
  ],
  [
    'duplicated',
    'a change of a customer account was told twice',
    `SELECT subject_id::text AS what FROM (
       SELECT subject_id, name, lag(name) OVER (PARTITION BY subject_id ORDER BY id) AS before
       FROM domain_events WHERE name LIKE 'account.%') AS told WHERE name = before`,
  ],
];
