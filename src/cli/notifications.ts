import type { ResendDryRun, ResendRequest, StuckStatus } from '../notifications/index.js';
import { CommandError, readOptions, runCommand, say } from './command.js';

const USAGE = 'npm run notifications -- [--status dead|held] [--channel C] [--dry-run]';
const NO_CHANNEL =
  '--channel names no channel that is in force and none of a stored message: GET /notifications shows their names.';
const STATUSES: readonly StuckStatus[] = ['dead', 'held'];

/**
 * Has messages sent that did not go out: dead ones, and those that are held until a setting of the channel is right. The
 * command only makes them due; the workers of the service decide on each again, and send what is still true. A message
 * that was sent is not sent again. `--dry-run` prints what would happen and changes nothing. Exit code 0: due, or printed.
 * 2: the command could not run.
 */
async function main(): Promise<number> {
  const { request, dryRun } = readArguments();
  const { createAppContext } = await import('../app/app-context.js');
  const { NotificationResend } = await import('../notifications/index.js');
  const app = await createAppContext();
  try {
    const resend = app.get(NotificationResend, { strict: false });
    if (request.channel !== null && !(await resend.isChannel(request.channel)))
      throw new CommandError(NO_CHANNEL);
    if (dryRun) {
      say(summaryOf(await resend.dryRun(request)));
      return 0;
    }
    const released = await resend.release(request);
    const messages = released === 1 ? '1 message is' : `${released} messages are`;
    say(`${messages} due: the service decides on each again, and GET /notifications shows what they become.`);
    return 0;
  } finally {
    await app.close();
  }
}

function readArguments(): { request: ResendRequest; dryRun: boolean } {
  const text = { type: 'string' } as const;
  const values = readOptions({
    status: text,
    channel: text,
    'dry-run': { type: 'boolean', default: false },
  });
  const statuses = STATUSES.filter((status) => status === (values.status ?? status));
  if (statuses.length === 0) throw new CommandError(USAGE);
  // `MESSAGE_CHANNELS` says `mail` for what messages are stored under as `email`.
  const channel = values.channel === 'mail' ? 'email' : (values.channel ?? null);
  return { request: { statuses, channel }, dryRun: values['dry-run'] };
}

function summaryOf({ sends, suppressed, undecided, more }: ResendDryRun): string {
  const reasons = [...suppressed].map(([reason, count]) => `${count} ${reason}`);
  const total = [...suppressed.values()].reduce((sum, count) => sum + count, 0);
  const parts = [`would send ${sends === 1 ? '1 message' : `${sends} messages`}`];
  parts.push(total === 0 ? 'suppress 0' : `suppress ${total} (${reasons.join(', ')})`);
  if (undecided > 0) parts.push(`decide later on ${undecided}`);
  if (more) parts.push('and more: only the oldest 1000 messages were looked at');
  return parts.join(', ');
}

runCommand(main);
