import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { onExit } from '../at-end.js';
import { PAYHOOK, START } from '../project.js';
import { type ChildProgram, startProgram } from './child-program.js';
import { SECRET } from './secret.js';

/** Opens everything but webhooks and health. */
export const API_KEY = 'bench-key-of-forty-characters-or-so-0000';

/**
 * As in production, and quiet. Alerts are due at once, so that what a failed payment costs falls into the time that is
 * measured. Everything else as it ships.
 */
const ENVIRONMENT = {
  NODE_ENV: 'production',
  PORT: '0',
  LOG_LEVEL: 'warn',
  WEBHOOK_SECRETS_STRIPE: SECRET,
  API_KEYS: `bench:${API_KEY}`,
  ALERT_SETTLE_SECONDS: '0',
};

let measured = PAYHOOK;

/** From now on another build than this project's own is started. */
export function measureService(main: string): void {
  measured = main;
}

/** What `npm start` tells Node. */
const SHIPPED_NODE_OPTIONS = START.split(' ').filter((word) => word.startsWith('--'));

/** Which Payhook is started, and by what. */
export interface PayhookProgram {
  environment?: Record<string, string>;
  nodeOptions?: readonly string[];
  /** `dist/main.js` of another copy of the project. */
  main?: string;
  /** Another Node than the one that runs the bench. */
  node?: string;
}

/** Starts the service in an empty folder, where no `.env` interferes, and waits until it is ready. */
export async function startPayhook({
  environment = {},
  nodeOptions = [],
  main = measured,
  node,
}: PayhookProgram): Promise<ChildProgram> {
  const folder = await mkdtemp(join(tmpdir(), 'payhook-bench-'));
  const removeFolder = onExit(() => rm(folder, { recursive: true, force: true }));
  const program = await startProgram({
    node,
    file: main,
    environment: { ...ENVIRONMENT, ...environment },
    folder,
    nodeOptions: [...SHIPPED_NODE_OPTIONS, ...nodeOptions],
  });
  await untilReady(program.url);
  return {
    ...program,
    async stop() {
      await program.stop();
      await removeFolder();
    },
  };
}

async function untilReady(url: string): Promise<void> {
  while (!(await fetch(`${url}/health/ready`)).ok) await wait(5);
}
