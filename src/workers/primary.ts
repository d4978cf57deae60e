import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Env } from '../config/env.js';
import { startEmbeddedPostgres } from '../database/embedded/embedded-postgres.js';
import { WorkerGroup, type GroupOptions } from './worker-group.js';

interface LeadOptions extends Pick<GroupOptions, 'logger' | 'onListening' | 'onWaiting'> {
  readonly env: Env;
  /** Of the workers, when the database is there. */
  readonly environment: (databaseUrl: string) => Promise<NodeJS.ProcessEnv>;
}

/**
 * The life of the service as several workers: the database first where it is ours, then the workers, and the other
 * way round at the end. Resolves when it was told to end and all of it has.
 *
 * Workers are told where the database is, and do not join its server by themselves: one that starts while the server
 * is away would start another, and own it.
 * @throws what kept it from starting, once, whatever the number of workers.
 */
export async function leadWorkers({
  env,
  environment,
  logger,
  onListening,
  onWaiting,
}: LeadOptions): Promise<void> {
  logger.setLevel(env.logLevel);
  await tryAddress(env.port, env.host);
  const log = (line: string) => logger.log(line, 'Database');
  const server = env.databaseUrl === null ? await startEmbeddedPostgres({ dataDir: env.dataDir, log }) : null;
  try {
    if (server !== null) log(`Embedded PostgreSQL in ${server.home}`);
    const url = server?.url ?? env.databaseUrl ?? '';
    const group = new WorkerGroup({
      size: env.workers,
      shutdownSeconds: env.shutdownSeconds,
      environment: await environment(url),
      logger,
      onListening,
      onWaiting,
    });
    await group.run();
  } finally {
    await server?.stop();
  }
}

/** Fails as the workers would on listening, but once, and before anything else is started. */
async function tryAddress(port: number, host: string): Promise<void> {
  const server = createServer().listen(port, host);
  await once(server, 'listening');
  server.close();
  await once(server, 'close');
}
