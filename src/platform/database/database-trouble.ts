import pg from 'pg';
import { causeCode, isDatabaseUnavailable } from './database-unavailable.js';
import { sqlState } from './sqlstate.js';

/** What the error codes of the network mean. */
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

/** Sentences for SQLSTATEs whose own message says too little, or for which the remedy is known. */
const SQLSTATE_CAUSES: Readonly<Record<string, string>> = {
  '25006': 'it takes no writes: it is a standby or was made read-only',
  '28P01': 'it refuses the user or the password of DATABASE_URL',
  '53300': 'it has no connection left to give',
  '57P03': 'it is starting up or shutting down',
};

/** Messages of `pg` about TLS and passwords, which have no code. */
const CONNECT_ERROR_MESSAGE =
  /^(?:The server does not support SSL|There was an error establishing an SSL|SASL|Unknown authentication)/;

/**
 * Returns one sentence for the operator about why the database at `url` cannot be used. It names host, port and cause,
 * and never the password. Returns null for an error that has nothing to do with the database.
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
  // At the start the messages of the server name users, databases and tables. They quote no data.
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
