/** The embedded PostgreSQL cannot run here at all. The message says what to do instead. */
export class EmbeddedPostgresUnavailableError extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(`${reason} Set DATABASE_URL to a PostgreSQL of your own (14 or later).`, options);
    this.name = 'EmbeddedPostgresUnavailableError';
  }
}

/** The embedded PostgreSQL can run here, but this start failed. The message has the last lines of the server's log. */
export class EmbeddedPostgresError extends Error {
  constructor(reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.name = 'EmbeddedPostgresError';
  }
}

/** Whether `error` is a system error with one of these codes (`ENOENT`, `EEXIST`, …). */
export function hasCode(error: unknown, ...codes: string[]): boolean {
  return typeof error === 'object' && error !== null && 'code' in error && codes.includes(String(error.code));
}
