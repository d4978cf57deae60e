import { isTransientState, sqlState } from './sqlstate.js';

/** Messages of `pg` errors that have no code: a broken or closed connection, or none available in time. */
const CONNECTION_ERROR_MESSAGE =
  /^(?:Connection terminated|timeout exceeded when trying to connect|Client has encountered|Client was closed)/;
const RELEASED_SESSION_ERROR = 'QueryRunnerAlreadyReleasedError';
const NETWORK_CODE =
  /^(?:ECONN(?:REFUSED|RESET|ABORTED)|EPIPE|ETIMEDOUT|ENOENT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|NO_ANSWER|SERVER_CHANGED)$/;

/** True if the database cannot be used at present and the same statement may succeed later. */
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
 * Returns one word for logs about the cause of a database error: the SQLSTATE, the code of the network, or the class of
 * the error. Never a message, which may quote data.
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
