import type { DeliveryFilter } from '../webhooks/index.js';
import { CommandError, readOptions, runCommand, say } from './command.js';

const USAGE = 'npm run replay -- [--status parked|dead] [--gateway G] [--account A] [--type T] [--dry-run]';

/**
 * Replays parked (or dead) deliveries, for example after a deploy that can read what an earlier version could not. The
 * command only marks them; the workers of the service process them. A delivery that succeeds for the first time sends
 * the alerts it would have sent then. `--dry-run` prints what would happen and changes nothing. Exit code 0: marked, or
 * printed. 2: the command could not run.
 */
async function main(): Promise<number> {
  const { filter, dryRun } = readArguments();
  const { createAppContext } = await import('../app/app-context.js');
  const { ReplayDryRun, ReplayService } = await import('../webhooks/index.js');
  const app = await createAppContext();
  try {
    if (dryRun) {
      say((await app.get(ReplayDryRun, { strict: false }).all(filter, false)).summary);
      return 0;
    }
    const replayed = await app.get(ReplayService, { strict: false }).all(filter, false);
    const deliveries = replayed === 1 ? '1 delivery is' : `${replayed} deliveries are`;
    say(
      `${deliveries} pending again: the service processes them, and GET /deliveries shows what they become.`,
    );
    return 0;
  } finally {
    await app.close();
  }
}

function readArguments(): { filter: DeliveryFilter; dryRun: boolean } {
  const text = { type: 'string' } as const;
  const values = readOptions({
    status: { ...text, default: 'parked' },
    gateway: text,
    account: text,
    type: text,
    'dry-run': { type: 'boolean', default: false },
  });
  const { 'dry-run': dryRun, ...filter } = values;
  if (filter.status !== 'parked' && filter.status !== 'dead') throw new CommandError(USAGE);
  return { filter, dryRun };
}

runCommand(main);
