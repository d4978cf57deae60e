import { toArrayLiteral } from './columns.js';

/** What a merchant calls something of its own, such as an order or a customer. */
export interface MerchantName {
  readonly mode: string;
  /** Null where the endpoint serves one merchant. */
  readonly merchant: string | null;
  readonly name: string;
}

/**
 * SQL that gives the ids of the rows with these names, for a table with a unique index on (`column`, merchant, mode). The empty
 * text keeps the look-up from an index that begins with merchant and mode: old statistics prefer that one, and every row of the
 * merchant would be read for each name. `table` and `column` become part of SQL, so they are written in the code.
 */
export const idsByNameSql = (table: string, column: string): string =>
  `SELECT known.id FROM unnest(:names::text[], :merchants::text[], :modes::text[]) AS wanted (name, merchant, mode)
   CROSS JOIN LATERAL (SELECT id FROM ${table} WHERE ${column} = wanted.name
     AND merchant || '' = wanted.merchant AND mode || '' = wanted.mode LIMIT 1) AS known`;

/** The parameters of {@link idsByNameSql}. */
export const toNameParameters = (
  names: readonly MerchantName[],
): { names: string; merchants: string; modes: string } => ({
  names: toArrayLiteral(names.map(({ name }) => name)),
  merchants: toArrayLiteral(names.map(({ merchant }) => merchant ?? '')),
  modes: toArrayLiteral(names.map(({ mode }) => mode)),
});
