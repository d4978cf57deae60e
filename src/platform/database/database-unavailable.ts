import { isTransientState, sqlState } from './sqlstate.js';

/**
 * What `pg` says without a code: a connection that broke or was closed, one that was not had in time; and TypeORM, of a
 * session that broke earlier in the same transaction.
 */
const CONNECTION_ERROR_MESSAGE =
  /^(?:Connection terminated|timeout exceeded when trying to connect|Client has encountered|Client was closed)/;
const RELEASED_SESSION_ERROR = 'QueryRunnerAlreadyReleasedError';
const NETWORK_CODE =
  /^(?:ECONN(?:REFUSED|RESET|ABORTED)|EPIPE|ETIMEDOUT|ENOENT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|NO_ANSWER|SERVER_CHANGED)$/;

/** True when the database cannot be worked with at present, and the same statement may well succeed later. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, driverError, message, name } = error as Record<string, unknown>;
  if (driverError !== undefined && driverError !== error && isDatabaseUnavailable(driverError)) return true;
  const state = sqlState(error);
  if (state !== null) return isTransientState(state);
  if (typeof code === 'string') return NETWORK_CODE.test(code);
  return (
    name === RELEASED_SESSION_ERROR || (typeof message === 'string' && CONNECTION_ERROR_MESSAGE.test(message))
  );
}

/**
 * Why the database did not do it, in one word for logs: its SQLSTATE, the network's code, or the error's class. Never a
 * message, which may quote data.
 */
export function causeCode(error: unknown): string {
  const state = sqlState(error);
  if (state !== null) return state;
  if (typeof error !== 'object' || error === null) return 'unknown';
  const { code, driverError } = error as { code?: unknown; driverError?: unknown };
  if (typeof code === 'string' && /^[A-Z_]{2,40}$/.test(code)) return code;
  if (driverError !== undefined && driverError !== error) return causeCode(driverError);
  return isDatabaseUnavailable(error) ? 'connection lost' : error.constructor.name;
}
