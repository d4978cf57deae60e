import type { ClientBase, QueryResult } from 'pg';
import { NoAnswerFromDatabaseError } from './database.errors.js';

/**
 * What the code relies on in every session, whatever the server, the database or the role has set. `pg` and our
 * statements read and write dates, intervals, bytes, arrays and texts in these forms; a session in use must not be
 * ended or kept waiting by a limit of the role; every statement expects to see what was committed before it.
 * `default_transaction_read_only` is not among them: where it is on, the operator means it.
 */
const REQUIRED_SETTINGS: Readonly<Record<string, string>> = {
  client_encoding: 'UTF8',
  datestyle: 'ISO, MDY',
  intervalstyle: 'postgres',
  timezone: 'UTC',
  bytea_output: 'hex',
  standard_conforming_strings: 'on',
  array_nulls: 'on',
  transform_null_equals: 'off',
  default_transaction_isolation: 'read committed',
  default_transaction_deferrable: 'off',
  statement_timeout: '0',
  lock_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
  transaction_timeout: '0',
};

/** In milliseconds; 0 is none. */
export interface SessionLimits {
  statement_timeout?: number;
  lock_timeout?: number;
  idle_in_transaction_session_timeout?: number;
}

/** A server, or a pooler before it, that says nothing for so long has no connection to give. */
const SETTINGS_TIMEOUT_MS = 10_000;

/**
 * For `onConnect` of the pool: makes the settings of a new connection ours before it is used. They are set by
 * statements, for PgBouncer refuses a connection that brings unknown ones along. Costs one round trip a connection. What
 * was acknowledged is on disk: where the role has `synchronous_commit` off, it is on here.
 * @throws what the server answers, or {@link NoAnswerFromDatabaseError} after 10 s.
 */
export function createSessionSetup(limits: SessionLimits = {}): (client: ClientBase) => Promise<void> {
  const given = Object.entries(limits).map(([name, ms]) => [name, String(ms)]);
  const values = Object.entries({
    ...REQUIRED_SETTINGS,
    ...(Object.fromEntries(given) as Record<string, string>),
  });
  const rows = values.map(([name, value]) => `('${name}', '${value}')`).join(', ');
  // What this version of the server does not know is left out.
  const statement = `
    SELECT set_config(name, value, false) FROM (VALUES ${rows}) AS pinned (name, value)
     WHERE current_setting(name, true) <> value;
    SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'`;
  return async (client) => {
    await withTimeout(client.query(statement));
  };
}

async function withTimeout(query: Promise<QueryResult>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAnswerFromDatabaseError()), SETTINGS_TIMEOUT_MS);
  });
  await Promise.race([query, late]).finally(() => clearTimeout(timer));
}
