import pg from 'pg';
import { causeCode, isDatabaseUnavailable } from './database-unavailable.js';
import { sqlState } from './sqlstate.js';

/** What a network's code means, for who reads it at three in the morning. */
const NETWORK_CAUSES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'the connection was broken off',
  ETIMEDOUT: 'no answer',
  EHOSTUNREACH: 'no way to that host',
  ENETUNREACH: 'no way to that network',
  ENOTFOUND: 'no host of that name',
  EAI_AGAIN: 'the name could not be looked up',
  ENOENT: 'no socket there',
  EACCES: 'this user may not use the socket',
  NO_ANSWER:
    'it took the connection and then said nothing; a pooler does so whose pool is smaller than its clients need',
};

/** Of a SQLSTATE whose own message says too little, or whose remedy is known. */
const SQLSTATE_CAUSES: Readonly<Record<string, string>> = {
  '25006': 'it takes no writes: it is a standby or was made read-only',
  '28P01': 'it refuses the user or the password of DATABASE_URL',
  '53300': 'it has no connection left to give',
  '57P03': 'it is starting up or shutting down',
};

/** Without a code: what `pg` says of TLS and of passwords. */
const CONNECT_ERROR_MESSAGE =
  /^(?:The server does not support SSL|There was an error establishing an SSL|SASL|Unknown authentication)/;

/**
 * Why the database at `url` cannot be worked with: one sentence for the operator that names host, port and cause, and
 * never the password. Null for an error that has nothing to do with reaching or asking the database.
 */
export function describeDatabaseProblem(url: string | undefined, error: unknown): string | null {
  const why = causeOf(error);
  if (why === null) return null;
  const { host, port } = new pg.Client(url);
  return `The database at ${host}:${port} cannot be used: ${why}.`;
}

function causeOf(error: unknown): string | null {
  const code = causeCode(error);
  const message = innermostError(error)?.message ?? '';
  const state = sqlState(error);
  // A server's own words at a start name users, databases and tables, and nothing that is in them.
  if (state !== null) return `${SQLSTATE_CAUSES[state] ?? message} (${state})`;
  if (NETWORK_CAUSES[code] !== undefined) return `${NETWORK_CAUSES[code]} (${code})`;
  if (/^[A-Z_]*(?:CERT|TLS|SSL)[A-Z_]*$/.test(code)) return `its certificate is not accepted (${code})`;
  if (/timeout/.test(message)) return 'no answer (ETIMEDOUT)';
  if (CONNECT_ERROR_MESSAGE.test(message)) return message;
  return isDatabaseUnavailable(error) ? `the connection was lost (${code})` : null;
}

function innermostError(error: unknown): Error | null {
  if (!(error instanceof Error)) return null;
  return innermostError((error as { driverError?: unknown }).driverError) ?? error;
}
