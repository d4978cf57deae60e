import cluster from 'node:cluster';
import type { Env } from './config/env.js';
import { environmentOfWorkers, loadEnv } from './config/load-env.js';
import { printSandbox } from './config/print-sandbox.js';
import { explain } from './explain.js';
import { lastWords } from './http/last-words.js';
import { ServiceLogger } from './http/service-logger.js';
import { gateways } from './webhooks/gateways/index.js';
import { leadWorkers } from './workers/primary.js';
import { answerPrimary, tellPrimary } from './workers/worker.js';

async function start(logger: ServiceLogger): Promise<void> {
  // Left to Node, an error that nobody caught is printed whole, with the data it quotes. It ends the process all the
  // same: work in hand has leases, and is taken up again.
  process.on('uncaughtException', (error: unknown) => {
    logger.fatal(lastWords(error), 'Process');
    process.exit(1);
  });
  if (cluster.isWorker) return startWorker(logger);
  const env = await loadEnv(gateways);
  if (env.workers === 1) return tellListening(env, await serve(logger));
  await leadWorkers({
    env,
    environment: (databaseUrl) => environmentOfWorkers(databaseUrl),
    logger,
    onListening: (url) => tellListening(env, url),
  });
  process.exit(0);
}

async function startWorker(logger: ServiceLogger): Promise<void> {
  answerPrimary();
  await tellPrimary({ is: 'listening', url: await serve(logger) });
}

/** Loaded only by who serves: a primary does without the application, and half of its memory. */
async function serve(logger: ServiceLogger): Promise<string> {
  const application = await import('./app.serve.js');
  return application.serve(logger);
}

function tellListening(env: Env, url: string): void {
  printSandbox(env, gateways, url, (text) => process.stdout.write(text));
  process.stdout.write(`Payhook is listening on ${url}\n`);
}

start(new ServiceLogger()).catch(async (error: unknown) => {
  if (cluster.isWorker) await tellPrimary({ is: 'failed', why: explain(error) });
  else process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
});
