import type { EntityManager } from 'typeorm';
import { toArrayLiteral, jsonArraySql, toJsonColumn } from './columns.js';
import { prepared } from './prepared.js';

interface BulkInsertOptions {
  /** The named constraint whose conflict means "already there". */
  ignoreConflictOn?: string;
  /** Columns to write over on conflict with this constraint. */
  updateConflictOn?: string;
  updateColumns?: readonly string[];
  returning?: string;
}

type Row = Readonly<Record<string, unknown>>;

/**
 * Makes what writes many rows of one table in one statement, whatever their number: a parameter for each column.
 * `columns` gives every column its SQL type; rows are keyed by column name, and what a row lacks is NULL. For the hot
 * path, beside the entity that is its model. Answers what `returning` asks for, of the rows that were written.
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
