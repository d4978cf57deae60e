/**
 * SQLSTATE classes that say the server cannot work now, whatever the statement: 08 connection, 53 resources (disk full,
 * too many connections), 57P shutdown and start, 58 system. 25P03: it ended our session, which had been still for long.
 */
const NOT_NOW = /^(?:08|53|57P|58|25P03)/;
const SQLSTATE = /^[0-9A-Z]{5}$/;

/**
 * What `pg` says without a code: a connection that broke, one that was not had in time; and TypeORM, of a session that
 * broke earlier in the same transaction.
 */
const WITHOUT_CODE =
  /^(?:Connection terminated|timeout exceeded when trying to connect|Client has encountered)/;
const SESSION_GONE = 'QueryRunnerAlreadyReleasedError';
const NETWORK =
  /^(?:ECONN(?:REFUSED|RESET|ABORTED)|EPIPE|ETIMEDOUT|ENOENT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|NO_ANSWER)$/;

/** True when the database cannot be worked with at present, and the same statement may well succeed later. */
export function isDatabaseAway(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, driverError, message, name } = error as Record<string, unknown>;
  if (driverError !== undefined && driverError !== error && isDatabaseAway(driverError)) return true;
  if (typeof code === 'string') return SQLSTATE.test(code) ? NOT_NOW.test(code) : NETWORK.test(code);
  return name === SESSION_GONE || (typeof message === 'string' && WITHOUT_CODE.test(message));
}
