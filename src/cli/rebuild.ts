import type { Difference, RebuildSummary } from '../payments/index.js';
import { readOptions, runCommand, say } from './command.js';

/**
 * `npm run rebuild -- --check` derives every payment again from its reports and lists the differences from what is stored.
 * `npm run rebuild` repairs them as well, and mails nobody. Both run beside the service.
 * Exit code 0: no differences are left. 1: there are differences, or payloads that cannot be decrypted, which are not
 * compared. 2: the command could not run.
 */
async function main(): Promise<number> {
  const { check } = readOptions({ check: { type: 'boolean', default: false } });
  const { createAppContext } = await import('../app/app-context.js');
  const { PaymentsRebuild } = await import('../payments/index.js');
  const { StoredReportSource } = await import('../webhooks/index.js');
  const app = await createAppContext();
  try {
    const rebuild = app.get(PaymentsRebuild, { strict: false });
    const sources = app.get(StoredReportSource, { strict: false });
    const summary = await rebuild.run(sources, !check, (difference) => say(lineOf(difference)));
    for (const [why, count] of summary.unreadable) say(`unreadable payloads: ${count} (${why})`);
    say(verdictOf(summary, check));
    return summary.remaining === 0 && summary.unreadable.size === 0 ? 0 : 1;
  } finally {
    await app.close();
  }
}

const lineOf = ({ paymentId, payment, field, stored, derived }: Difference): string =>
  `${payment} ${paymentId ?? '(no id)'}  ${field}: ${stored} → ${derived}`;

function verdictOf({ payments, differing, differences, remaining }: RebuildSummary, check: boolean): string {
  const looked = `${payments} payments derived again`;
  if (differing === 0) return `${looked}: all as stored.`;
  const found = `${looked}: ${differences} differences in ${differing} of them`;
  if (check) return `${found}.`;
  return remaining === 0
    ? `${found}, repaired.`
    : `${found}; ${remaining} cannot be repaired wholly and keep what is stored.`;
}

runCommand(main);
