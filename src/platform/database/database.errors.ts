import { SQLSTATE } from './sqlstate.js';

/** The server accepted a statement and then sent nothing for too long. It is unknown whether the statement ran. */
export class NoAnswerFromDatabaseError extends Error {
  readonly code = 'NO_ANSWER';
}

/** Another connection learned that this server refuses writes, so all connections to it are replaced. */
export class ServerChangedError extends Error {
  readonly code = 'SERVER_CHANGED';
}

/** The server refuses writes at present: it is a standby, or was made read-only. */
export class DatabaseReadOnlyError extends Error {
  readonly code = SQLSTATE.readOnlyTransaction;
}

/** The database cannot be used now. A retry may succeed. The message is a sentence for the operator. */
export class DatabaseUnavailableError extends Error {
  override readonly name = 'DatabaseUnavailableError';
}

/** The database is reachable but Payhook does not run on it. A retry does not help. The message says what does. */
export class UnsupportedDatabaseError extends Error {
  override readonly name = 'UnsupportedDatabaseError';
}
