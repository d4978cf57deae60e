import { startThrowawayPostgres } from '../platform/database/embedded/throwaway-postgres.js';

/** An empty database on a PostgreSQL of its own. */
export interface TestDatabase {
  /** As `DATABASE_URL` names it. */
  readonly url: string;
  /** Stops the server and removes all that it left. */
  stop(): Promise<void>;
}

/**
 * Starts the embedded PostgreSQL (an optional dependency of payhook) in a temporary folder: about 3 s, once for a run of
 * tests.
 */
export async function startTestDatabase(): Promise<TestDatabase> {
  const server = await startThrowawayPostgres(() => undefined);
  return { url: server.url, stop: () => server.stop() };
}
