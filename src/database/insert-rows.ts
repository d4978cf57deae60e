import type { EntityManager } from 'typeorm';

interface InsertOptions {
  /** The named constraint whose conflict means "already there". */
  orNothingOn?: string;
  /** Columns to write over on conflict with this constraint. */
  orUpdateOn?: string;
  update?: readonly string[];
  returning?: string;
}

/**
 * Writes many rows of one table in one statement, whatever their number, as one JSON parameter. `columns` gives
 * every column its SQL type; rows are keyed by column name. For the hot path, beside the entity that is its model.
 */
export async function insertRows<Returned = never>(
  manager: EntityManager,
  table: string,
  columns: Readonly<Record<string, string>>,
  rows: readonly Readonly<Record<string, unknown>>[],
  options: InsertOptions = {},
): Promise<Returned[]> {
  if (rows.length === 0) return [];
  const names = Object.keys(columns).join(', ');
  const types = Object.entries(columns)
    .map(([name, type]) => `${name} ${type}`)
    .join(', ');
  const sql = [
    `INSERT INTO ${table} (${names}) SELECT ${names} FROM json_to_recordset($1::json) AS given (${types})`,
    onConflict(options),
    options.returning ? `RETURNING ${options.returning}` : '',
  ];
  return manager.query<Returned[]>(sql.join(' '), [JSON.stringify(rows)]);
}

function onConflict({ orNothingOn, orUpdateOn, update = [] }: InsertOptions): string {
  if (orNothingOn) return `ON CONFLICT ON CONSTRAINT ${orNothingOn} DO NOTHING`;
  if (!orUpdateOn) return '';
  const assignments = update.map((column) => `${column} = excluded.${column}`).join(', ');
  return `ON CONFLICT ON CONSTRAINT ${orUpdateOn} DO UPDATE SET ${assignments}`;
}
