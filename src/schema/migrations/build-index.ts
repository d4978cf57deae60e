import type { QueryRunner } from 'typeorm';

/* Steps of migrations that change indexes while webhooks go on. Such a migration has `transaction = false`. */

/**
 * Builds an index beside readers and writers. An index of this name that a stopped run left unfinished is dropped first;
 * one that is finished stays. `kind` is `INDEX` or `UNIQUE INDEX`, `on` the table with the columns and the condition.
 */
export async function buildIndex(
  db: QueryRunner,
  name: string,
  kind: 'INDEX' | 'UNIQUE INDEX',
  on: string,
): Promise<void> {
  const [found] = (await db.query(
    `SELECT indisvalid AS finished FROM pg_index WHERE indexrelid = to_regclass($1)`,
    [name],
  )) as { finished: boolean }[];
  if (found?.finished) return;
  await dropIndex(db, name);
  await patiently(db, `CREATE ${kind} ${concurrently(db)} ${name} ON ${on}`);
}

/** Drops an index beside readers and writers, if there is one. */
export async function dropIndex(db: QueryRunner, name: string): Promise<void> {
  await patiently(db, `DROP INDEX ${concurrently(db)} IF EXISTS ${name}`);
}

/**
 * Runs a statement that keeps neither readers nor writers waiting while it waits itself. The lock timeout of migrations (500 ms)
 * is shorter than the second after which PostgreSQL ends an autovacuum that is in the way, and each further try would build the
 * index anew.
 */
async function patiently(db: QueryRunner, statement: string): Promise<void> {
  if (db.isTransactionActive) return void (await db.query(statement));
  const [{ limit } = { limit: '0' }] = (await db.query(
    `SELECT current_setting('lock_timeout') AS limit`,
  )) as { limit: string }[];
  await db.query(`SET lock_timeout = 0`);
  try {
    await db.query(statement);
  } finally {
    await db.query(`SELECT set_config('lock_timeout', $1, false)`, [limit]);
  }
}

/**
 * Exchanges an index for one on `on`, without a moment in which there is none. A stopped run may have exchanged it
 * already: then the two are the same, and the first one stays.
 */
export async function replaceIndex(
  db: QueryRunner,
  name: string,
  on: string,
  kind: 'INDEX' | 'UNIQUE INDEX' = 'INDEX',
): Promise<void> {
  const next = `${name}_next`;
  await buildIndex(db, next, kind, on);
  if (await isSameIndex(db, name, next)) return dropIndex(db, next);
  await dropIndex(db, name);
  await db.query(`ALTER INDEX ${next} RENAME TO ${name}`);
}

/** Whether two indexes differ in their names at most. */
async function isSameIndex(db: QueryRunner, name: string, other: string): Promise<boolean> {
  const [found] = (await db.query(
    `SELECT one.indkey::text = other.indkey::text AND one.indnatts = other.indnatts
       AND pg_get_expr(one.indexprs, one.indrelid) IS NOT DISTINCT FROM pg_get_expr(other.indexprs, other.indrelid)
       AND pg_get_expr(one.indpred, one.indrelid) IS NOT DISTINCT FROM pg_get_expr(other.indpred, other.indrelid) AS same
     FROM pg_index one, pg_index other
     WHERE one.indexrelid = to_regclass($1) AND other.indexrelid = to_regclass($2)`,
    [name, other],
  )) as { same: boolean }[];
  return found?.same ?? false;
}

/** TypeORM reverts every migration inside a transaction, where PostgreSQL refuses to work concurrently. */
const concurrently = (db: QueryRunner): string => (db.isTransactionActive ? '' : 'CONCURRENTLY');

/** The columns of a unique constraint or a primary key, in the order of its index; null where there is none. */
export async function columnsOfConstraint(
  db: QueryRunner,
  table: string,
  name: string,
): Promise<readonly string[] | null> {
  const [found] = (await db.query(
    `SELECT array_agg(attname::text ORDER BY at) AS columns
     FROM pg_constraint CROSS JOIN unnest(conkey) WITH ORDINALITY AS key (number, at)
     JOIN pg_attribute ON attrelid = conrelid AND attnum = key.number
     WHERE conrelid = $1::regclass AND conname = $2`,
    [table, name],
  )) as { columns: string[] | null }[];
  return found?.columns ?? null;
}
