import type { ClientBase, QueryResult } from 'pg';
import { NoAnswerFromDatabaseError } from './database.errors.js';

/**
 * Settings that the code relies on in every session, whatever the server, the database or the role sets. `pg` and our
 * statements use these formats for dates, intervals, bytes, arrays and texts. A limit of the role must not end a
 * session in use. Every statement must see what was committed before it. `default_transaction_read_only` is not set: an
 * operator who turns it on means it.
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
  // Statements that move sets are estimated at far more rows than they have, so each run would be compiled: 0.7 s of CPU
  // for 2,500 events that are moved in 40 ms (PostgreSQL 15, 2026-11-27).
  jit: 'off',
};

/** Settings of a connection beside those that all have. Timeouts are in milliseconds; 0 means no limit. */
export interface SessionLimits {
  statement_timeout?: number;
  lock_timeout?: number;
  idle_in_transaction_session_timeout?: number;
  /** In seconds, and the next in seconds too: how soon the server finds that the line of an idle connection is cut. */
  tcp_keepalives_idle?: number;
  tcp_keepalives_interval?: number;
  tcp_keepalives_count?: number;
  /** The same for a connection on which the server waits for the client's acknowledgement, in milliseconds. */
  tcp_user_timeout?: number;
  /** Where statements find tables. Left out: where the role or the database says. */
  search_path?: string;
}

/** The search_path of a data source whose options name a schema; nothing where they name none. */
export const schemaSettings = ({ schema }: { readonly schema?: string }): SessionLimits =>
  schema === undefined ? {} : { search_path: `"${schema}"` };

/** A server or a pooler that does not answer for this long has no free connection. */
const SETTINGS_TIMEOUT_MS = 10_000;

/**
 * Returns an `onConnect` function for the pool that applies the settings to a new connection before its first use. It
 * costs one round trip per connection. The settings are sent as statements, because PgBouncer refuses a connection with
 * unknown startup parameters. `synchronous_commit` is turned on where it is off: an acknowledged webhook must be on
 * disk.
 * @throws the error of the server, or {@link NoAnswerFromDatabaseError} after 10 s.
 */
export function createSessionSetup(limits: SessionLimits = {}): (client: ClientBase) => Promise<void> {
  const given = Object.entries(limits).map(([name, value]) => [name, String(value)]);
  const values = Object.entries({
    ...REQUIRED_SETTINGS,
    ...(Object.fromEntries(given) as Record<string, string>),
  });
  const rows = values.map(([name, value]) => `('${name}', '${value}')`).join(', ');
  // Settings that this version of the server does not know are skipped.
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
