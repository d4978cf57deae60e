import cluster from 'node:cluster';
import type { StartListeners } from './app/serve.js';
import type { Env } from './platform/config/env.js';
import { environmentOfWorkers, loadEnv } from './platform/config/load-env.js';
import { endOfLifeWarning } from './platform/config/node-support.js';
import { printSandbox } from './platform/config/print-sandbox.js';
import { packageVersion } from './platform/config/version.js';
import { startupErrorMessage } from './app/startup-error.js';
import { describeFatalError } from './platform/logging/fatal-error-line.js';
import { startLine, stopLine } from './app/service-lines.js';
import { JsonLogger } from './platform/logging/json-logger.js';
import { loadInstalled } from './app/plugins/installed.js';
import type { ConfigurableGateway } from './platform/config/configurable-gateway.js';
import { runCluster } from './app/cluster/primary.js';
import { listenToPrimary, sendToPrimary } from './app/cluster/worker.js';

async function start(logger: JsonLogger): Promise<void> {
  // Node would print an uncaught error with its message, which may quote personal data. The process ends in any case:
  // unfinished work has leases, and another process repeats it when they run out.
  process.on('uncaughtException', (error: unknown) => {
    logger.fatal(describeFatalError(error), 'Process');
    process.exit(1);
  });
  if (cluster.isWorker) return startWorker(logger);
  const { gateways, features } = await loadInstalled();
  const env = await loadEnv(gateways, undefined, undefined, features);
  const onWaiting = (why: string): void => reportWaiting(logger, why);
  if (env.workers === 1)
    return serve(logger, { onListening: (url) => reportListening(env, gateways, url, logger), onWaiting });
  await runCluster({
    env,
    environment: (databaseUrl, port) => environmentOfWorkers(databaseUrl, port),
    logger,
    onListening: (url) => reportListening(env, gateways, url, logger),
    onWaiting,
  });
  logger.log(stopLine(undefined), 'Service');
  process.exit(0);
}

async function startWorker(logger: JsonLogger): Promise<void> {
  listenToPrimary();
  let url = '';
  await serve(logger, {
    onListening: (at) => void (url = at),
    onWaiting: (why, at) => sendToPrimary({ kind: 'waiting', why, url: at }),
  });
  await sendToPrimary({ kind: 'listening', url });
}

/** Imports the application only where this process serves requests: a primary without it needs half of the memory. */
async function serve(logger: JsonLogger, listeners: StartListeners): Promise<void> {
  const application = await import('./app/serve.js');
  return application.serve(logger, listeners);
}

function reportListening(
  env: Env,
  gateways: readonly ConfigurableGateway[],
  url: string,
  logger: JsonLogger,
): void {
  logger.log(startLine(env, packageVersion(), url), 'Service');
  const warning = endOfLifeWarning(process.versions.node, new Date());
  if (warning !== null) logger.warn(warning, 'Start');
  printSandbox(env, gateways, url, (text) => process.stdout.write(text));
  process.stdout.write(`Payhook is listening on ${url}\n`);
}

/** Writes the reason twice: as a log line for programs, and as plain text for the person at the terminal. */
function reportWaiting(logger: JsonLogger, why: string): void {
  const sentence = `${why} Payhook tries again until it can be used, and answers 503 meanwhile.`;
  logger.error(sentence, 'Start');
  process.stderr.write(`${sentence}\n`);
}

const logger = new JsonLogger();
start(logger).catch(async (error: unknown) => {
  const why = startupErrorMessage(error);
  if (cluster.isWorker) await sendToPrimary({ kind: 'failed', why });
  else {
    logger.fatal(why, 'Start');
    process.stderr.write(`${why}\n`);
  }
  process.exit(1);
});
