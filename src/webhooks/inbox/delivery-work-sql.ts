/* Parts of statements on `deliveries` and `delivery_work`. */

/** Whether work is left on a delivery. `id` is an SQL expression. */
export const hasWorkSql = (id: string): string =>
  `EXISTS (SELECT FROM delivery_work WHERE delivery_id = ${id})`;

/** The columns `gateway, account, hint_order` of a work row, which only hints have, from those of the delivery. */
export const HINT_COLUMNS_SQL = `CASE WHEN hint_order IS NOT NULL THEN gateway END,
    CASE WHEN hint_order IS NOT NULL THEN account END, hint_order`;

/** The status that is shown of a row of `deliveries`. */
export const SHOWN_STATUS_SQL = `CASE WHEN ${hasWorkSql('deliveries.id')} THEN 'pending' ELSE status END`;

/** The ids of all pending deliveries, with those that version 0.1 left. */
export const PENDING_IDS_SQL = `SELECT delivery_id FROM delivery_work
  UNION ALL SELECT id FROM deliveries WHERE status = 'pending'`;
