import cluster from 'node:cluster';
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parse } from 'dotenv';
import { type ConfigurableFeature } from './configurable-feature.js';
import { type ConfigurableGateway } from './configurable-gateway.js';
import { ConfigurationError } from './configuration.errors.js';
import { type Env } from './env.js';
import { type ConfigurationSource, readEnv } from './read-env.js';
import { InvalidValue } from './reading.js';
import { pluginNames } from './readings.js';
import { openSandbox } from './sandbox.js';
import { systemErrorCode } from './system-error.js';

/**
 * Reads the configuration of this process from its environment, from `.env` in the working directory, and in the
 * sandbox from the stored secrets, in this order of precedence.
 *
 * @throws ConfigurationError with every fault at once; nothing is written to disk before the rest is right.
 */
export async function loadEnv(
  gateways: readonly ConfigurableGateway[],
  environment: ConfigurationSource['environment'] = process.env,
  folder: string = process.cwd(),
  features: readonly ConfigurableFeature[] = [],
): Promise<Env> {
  // A worker has the values that the primary read from `.env`. The file may have changed since.
  const envFile = cluster.isWorker ? {} : await readEnvFile(folder);
  const source = { environment, envFile };
  const env = readEnv(source, gateways, features);
  if (!env.sandbox) return env;
  return readEnv({ ...source, sandbox: await openSandbox(env.dataDir, gateways) }, gateways, features);
}

/** Where Payhook's configuration comes from inside another application. */
export interface HostConfiguration {
  /** Left out: the environment of the process. */
  readonly environment?: ConfigurationSource['environment'];
  /** The database is the host's, so that `DATABASE_URL` is not needed. */
  readonly hostDatabase: boolean;
}

/**
 * The configuration of Payhook inside another application. The host's `.env` is not read: it holds other things too.
 * @throws ConfigurationError with every fault at once.
 */
export async function loadHostEnv(
  gateways: readonly ConfigurableGateway[],
  { environment = process.env, hostDatabase }: HostConfiguration,
  features: readonly ConfigurableFeature[] = [],
): Promise<Env> {
  const source = { environment, hostDatabase };
  const env = readEnv(source, gateways, features);
  if (!env.sandbox) return env;
  return readEnv({ ...source, sandbox: await openSandbox(env.dataDir, gateways) }, gateways, features);
}

const PLUGINS = 'PAYHOOK_PLUGINS';

/**
 * The plug-ins that `PAYHOOK_PLUGINS` names. Read before everything else, as plug-ins bring gateways and a gateway has
 * variables of its own.
 * @throws ConfigurationError where the variable is no list of names.
 */
export async function readPluginNames(
  environment: ConfigurationSource['environment'] = process.env,
  folder: string = process.cwd(),
): Promise<readonly string[]> {
  const envFile: Record<string, string> = cluster.isWorker ? {} : await readEnvFile(folder);
  const text = environment[PLUGINS] ?? envFile[PLUGINS] ?? '';
  const names = text === '' ? [] : pluginNames(text, { production: false });
  if (!(names instanceof InvalidValue)) return names;
  throw new ConfigurationError(names.sentences.map((sentence) => `${PLUGINS} ${sentence}`));
}

/**
 * The environment of the workers of this process, with this database URL and this port. It holds `.env` as it is now,
 * so that a worker that is started later has the same configuration as the others.
 */
export async function environmentOfWorkers(
  databaseUrl: string,
  port: number,
  environment: ConfigurationSource['environment'] = process.env,
  folder: string = process.cwd(),
): Promise<Record<string, string | undefined>> {
  return { ...(await readEnvFile(folder)), ...environment, DATABASE_URL: databaseUrl, PORT: String(port) };
}

async function readEnvFile(folder: string): Promise<Record<string, string>> {
  try {
    return parse(await readFile(resolve(folder, '.env')));
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT') return {};
    if (code === null) throw error;
    throw new ConfigurationError([`.env must be a file that can be read (${code})`], { cause: error });
  }
}
