import { SQLSTATE } from './sqlstate.js';

/** The server took a statement and then said nothing for too long. Whether it was carried out is not known. */
export class NoAnswerFromDatabaseError extends Error {
  readonly code = 'NO_ANSWER';
}

/** Another connection to this server was told that it takes no writes: all of them are opened anew. */
export class ServerChangedError extends Error {
  readonly code = 'SERVER_CHANGED';
}

/** The server takes no writes at present: it is a standby, or was made read-only. */
export class DatabaseReadOnlyError extends Error {
  readonly code = SQLSTATE.readOnlyTransaction;
}

/** The database cannot be worked with now, and may be later. The message is a sentence for the operator. */
export class DatabaseUnavailableError extends Error {
  override readonly name = 'DatabaseUnavailableError';
}

/** The database is reachable, but not one that we can work on. Trying again does not help; the message says what does. */
export class UnsupportedDatabaseError extends Error {
  override readonly name = 'UnsuitableDatabase';
}
