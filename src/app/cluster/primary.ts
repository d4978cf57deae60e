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
 * The life of the service as several workers: the database first where it is ours, then the workers, and the other
 * way round at the end. Resolves when it was told to end and all of it has.
 *
 * Workers are told where the database is, and do not join its server by themselves: one that starts while the server
 * is away would start another, and own it. All workers get the same port number, also where the configured port is 0.
 * With 0 the port would change whenever no worker listens for a moment: two workers that waited for the database may
 * both be about to start the application.
 * @throws what kept it from starting, once, whatever the number of workers.
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
    const group = new WorkerPool({
      size: env.workers,
      shutdownSeconds: env.shutdownSeconds,
      environment: await environment(url, port),
      logger,
      onListening,
      onWaiting,
    });
    await group.run();
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
