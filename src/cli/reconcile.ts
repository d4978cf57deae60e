import { CommandError, readOptions, runCommand, say } from './command.js';

const USAGE =
  'npm run reconcile -- --gateway G [--account A] --since 7d|72h|2026-11-01T00:00:00Z [--dry-run]';

/**
 * Compares what a gateway holds with what is stored, prints what was missing and what is different, and takes it in: the
 * workers of the service process it. `--dry-run` stores nothing but the run. Exit code 0: the reconciliation is completed.
 * 1: it failed. 2: the command could not run.
 */
async function main(): Promise<number> {
  const { gateway, account, since: given, dryRun } = readArguments();
  const { parseSince, ReconciliationDriver, ReconciliationsReader, ReconciliationsService, SINCE_RULE } =
    await import('../webhooks/index.js');
  const since = parseSince(given, new Date());
  if (since === null) throw new CommandError(SINCE_RULE);
  const { createAppContext } = await import('../app/app-context.js');
  const app = await createAppContext();
  try {
    const service = app.get(ReconciliationsService, { strict: false });
    const result = await service.start({ gateway, account, since, dryRun, origin: 'command' });
    if (result.kind === 'running')
      throw new CommandError(`a reconciliation of ${gateway}/${account} is under way`);
    if (result.kind !== 'started') throw new CommandError(result.reason);
    const driver = app.get(ReconciliationDriver, { strict: false });
    const run = await driver.drive(result.id, (reason) => say(`waits: ${reason}`));
    if (run === null) throw new CommandError('the reconciliation is gone');
    for (const item of await app.get(ReconciliationsReader, { strict: false }).findItems(run))
      say(`${item.kind} ${item.what} ${item.objectId}: ${item.difference}`);
    const { missing, different, same, problems } = run;
    say(`${missing} missing, ${different} different, ${same} the same, ${problems} with problems`);
    if (run.status === 'completed') return 0;
    process.stderr.write(`the reconciliation failed: ${run.lastError ?? 'no reason is known'}\n`);
    return 1;
  } finally {
    await app.close();
  }
}

function readArguments(): { gateway: string; account: string; since: string; dryRun: boolean } {
  const text = { type: 'string' } as const;
  const values = readOptions({
    gateway: text,
    account: { ...text, default: 'default' },
    since: text,
    'dry-run': { type: 'boolean', default: false },
  });
  const { gateway, account, since } = values;
  if (gateway === undefined || since === undefined) throw new CommandError(USAGE);
  return { gateway, account, since, dryRun: values['dry-run'] };
}

runCommand(main);
