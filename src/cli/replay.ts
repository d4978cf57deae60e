import { parseArgs } from 'node:util';
import { createAppContext } from '../app/app-context.js';
import { startupErrorMessage } from '../app/startup-error.js';
import { type DeliveryFilter, ReplayDryRun, ReplayService } from '../webhooks/index.js';

const USAGE = 'npm run replay -- [--status parked|dead] [--gateway G] [--account A] [--type T] [--dry-run]';

/**
 * Replays parked (or dead) deliveries, for example after a deploy that can read what an earlier version could not. The
 * command only marks them; the workers of the service process them. A delivery that succeeds for the first time sends
 * the alerts it would have sent then. `--dry-run` prints what would happen and changes nothing. Exit code 0: marked, or
 * printed. 2: the command could not run.
 */
async function main(): Promise<void> {
  const { filter, dryRun } = readArguments();
  const app = await createAppContext();
  try {
    if (dryRun) return say((await app.get(ReplayDryRun, { strict: false }).all(filter, false)).summary);
    const replayed = await app.get(ReplayService, { strict: false }).all(filter, false);
    const deliveries = replayed === 1 ? '1 delivery is' : `${replayed} deliveries are`;
    say(
      `${deliveries} pending again: the service processes them, and GET /deliveries shows what they become.`,
    );
  } finally {
    await app.close();
  }
}

function readArguments(): { filter: DeliveryFilter; dryRun: boolean } {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    options: {
      status: { ...text, default: 'parked' },
      gateway: text,
      account: text,
      type: text,
      'dry-run': { type: 'boolean', default: false },
    },
  });
  const { 'dry-run': dryRun, ...filter } = values;
  if (filter.status !== 'parked' && filter.status !== 'dead') throw new Error(USAGE);
  return { filter, dryRun };
}

const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

main().catch((error: unknown) => {
  process.stderr.write(`${startupErrorMessage(error)}\n`);
  process.exit(2);
});
