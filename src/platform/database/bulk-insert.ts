import type { EntityManager } from 'typeorm';
import { toArrayLiteral, jsonArraySql, toJsonColumn } from './columns.js';
import { prepared } from './prepared.js';

interface BulkInsertOptions {
  /** Rows that violate this unique constraint are skipped. */
  ignoreConflictOn?: string;
  /** Rows that violate this unique constraint update {@link updateColumns} of the existing row. */
  updateConflictOn?: string;
  updateColumns?: readonly string[];
  returning?: string;
}

type Row = Readonly<Record<string, unknown>>;

/**
 * Creates a function that inserts any number of rows into one table with one statement, which has one parameter per
 * column. `columns` maps each column to its SQL type. Rows are keyed by column name; a missing value becomes NULL. The
 * function returns the columns of `returning` of the written rows. It is meant for the hot path, next to the entity of
 * the table.
 */
export function createBulkInsert<Returned = never>(
  table: string,
  columns: Readonly<Record<string, string>>,
  options: BulkInsertOptions = {},
): (manager: EntityManager, rows: readonly Row[]) => Promise<Returned[]> {
  const names = Object.keys(columns);
  const arrays = Object.values(columns).map((type, at) =>
    type === 'jsonb' ? jsonArraySql(at + 1) : `$${at + 1}::${type}[]`,
  );
  const statement = prepared(
    [
      `INSERT INTO ${table} (${names.join(', ')}) SELECT * FROM unnest(${arrays.join(', ')})`,
      conflictClause(options),
      options.returning ? `RETURNING ${options.returning}` : '',
    ].join(' '),
  );
  const writers = Object.entries(columns).map(([name, type]) => {
    const write = type === 'jsonb' ? toJsonColumn : toArrayLiteral;
    return (rows: readonly Row[]): string => write(rows.map((row) => row[name]));
  });
  return async (manager, rows) => {
    if (rows.length === 0) return [];
    return manager.query<Returned[]>(
      statement,
      writers.map((write) => write(rows)),
    );
  };
}

function conflictClause({
  ignoreConflictOn: orNothingOn,
  updateConflictOn: orUpdateOn,
  updateColumns: update = [],
}: BulkInsertOptions): string {
  if (orNothingOn) return `ON CONFLICT ON CONSTRAINT ${orNothingOn} DO NOTHING`;
  if (!orUpdateOn) return '';
  const assignments = update.map((column) => `${column} = excluded.${column}`).join(', ');
  return `ON CONFLICT ON CONSTRAINT ${orUpdateOn} DO UPDATE SET ${assignments}`;
}
