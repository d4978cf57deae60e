import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import type { Env } from '../../platform/config/env.js';
import { startEmbeddedPostgres } from '../../platform/database/embedded/embedded-postgres.js';
import { WorkerPool, type WorkerPoolOptions } from './worker-pool.js';

interface ClusterOptions extends Pick<WorkerPoolOptions, 'logger' | 'onListening' | 'onWaiting'> {
  readonly env: Env;
  /** The environment of the workers, which use this database and share this port. */
  readonly environment: (databaseUrl: string, port: number) => Promise<NodeJS.ProcessEnv>;
}

/**
 * Runs the service as several workers: starts the embedded database if there is one, then the workers, and stops them
 * in the opposite order. Resolves after a signal, when all of them have ended.
 *
 * The workers get the URL of the database. A worker that looked for the embedded server itself would start a second one
 * if it did not find the first. All workers get the same port number, also where the configured port is 0: with 0 the
 * port would change whenever no worker listens for a moment, for example when two workers that waited for the database
 * start the application at the same time.
 * @throws the error that prevented the start, once, however many workers there are.
 */
export async function runCluster({
  env,
  environment,
  logger,
  onListening,
  onWaiting,
}: ClusterOptions): Promise<void> {
  logger.setLevel(env.logLevel);
  const port = await findPort(env.port, env.host);
  const log = (line: string) => logger.log(line, 'Database');
  const server = env.databaseUrl === null ? await startEmbeddedPostgres({ dataDir: env.dataDir, log }) : null;
  try {
    if (server !== null) log(`Embedded PostgreSQL in ${server.home}`);
    const url = server?.url ?? env.databaseUrl ?? '';
    const pool = new WorkerPool({
      size: env.workers,
      shutdownSeconds: env.shutdownSeconds,
      environment: await environment(url, port),
      logger,
      onListening,
      onWaiting,
    });
    await pool.run();
  } finally {
    await server?.stop();
  }
}

/**
 * Returns the port that the workers listen on: `port`, or a free one where it is 0.
 * @throws the error that the workers would get on listening, but once, and before anything else is started.
 */
async function findPort(port: number, host: string): Promise<number> {
  const server = createServer().listen(port, host);
  await once(server, 'listening');
  const address = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return address.port;
}
