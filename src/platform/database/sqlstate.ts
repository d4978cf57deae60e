/** The SQLSTATE codes that this service handles (PostgreSQL manual, appendix A). */
export const SQLSTATE = {
  protocolViolation: '08P01',
  uniqueViolation: '23505',
  readOnlyTransaction: '25006',
  undefinedPreparedStatement: '26000',
  databaseMissing: '3D000',
  serializationFailure: '40001',
  duplicateDatabase: '42P04',
  duplicatePreparedStatement: '42P05',
  insufficientPrivilege: '42501',
  diskFull: '53100',
  lockNotAvailable: '55P03',
} as const;

const FORM = /^[0-9A-Z]{5}$/;

/**
 * States in which the server cannot run any statement now: class 08 connection, 53 resources (disk full, too many
 * connections), 57P shutdown and start, 58 system, 25P03 session ended after being idle, 25006 read-only (a standby).
 * Also 40001, a conflict with a concurrent transaction.
 */
const TRANSIENT_STATE = /^(?:08|53|57P|58|25P03|25006|40001)/;

/**
 * States after which a new connection may succeed where this one fails: the server cannot serve it now, or the session
 * has lost its prepared statements. 40001 says nothing about the connection.
 */
const UNUSABLE_SESSION_STATE = /^(?:08|53|57P|58|25P03|25006|26000|42P05)/;

export const isTransientState = (state: string): boolean => TRANSIENT_STATE.test(state);

export const isUnusableSessionState = (state: string): boolean => UNUSABLE_SESSION_STATE.test(state);

/** The SQLSTATE of an error of `pg`, or of the one that TypeORM wraps. Null for an error without one. */
export function sqlState(error: unknown): string | null {
  if (typeof error !== 'object' || error === null) return null;
  const { code, driverError } = error as { code?: unknown; driverError?: unknown };
  if (typeof code === 'string' && FORM.test(code) && !isSystemCode(code)) return code;
  return driverError === undefined || driverError === error ? null : sqlState(driverError);
}

/** `EPIPE` looks like a SQLSTATE. No class of SQLSTATEs begins with an E. */
const isSystemCode = (code: string): boolean => code.startsWith('E');
