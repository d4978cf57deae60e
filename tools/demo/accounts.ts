import type { StoryEvent } from '../../src/simulator/gateway-simulator.js';
import { createStorySubject, playEvent } from '../../src/simulator/player.js';
import { buildStory, type StoryName } from '../../src/simulator/stories.js';
import { formatTable } from '../table.js';
import type { Ask } from './orders.js';
import { createPlayer, type DemoStage, STORY_AGE_MS, waitUntil } from './stage.js';

/** About a second: the demo waits for the end of it. */
export const DEMO_GRACE_HOURS = '0.0003';

const MEMBER = 'member_1';
/** The payments of a sandbox are those of tests. */
const SCOPE = '?mode=test';

/** What a member does, and how the account stands after it. A failure is followed by its grace. */
const MONTHS: readonly { month: string; story: StoryName; statuses: readonly string[] }[] = [
  { month: 'january', story: 'success', statuses: ['active'] },
  { month: 'february', story: 'failure-then-recovery', statuses: ['suspended', 'active'] },
];

/** Plays a membership: paid, failed, suspended after its grace, paid again. Resolves with a printed table. */
export async function playAccount(
  stage: DemoStage,
  ask: Ask,
): Promise<{ text: string; asExpected: boolean }> {
  const rows: string[][] = [];
  for (const { month, story, statuses } of MONTHS) {
    const player = createPlayer(stage, 'standard');
    const subject = createStorySubject('standard', `${MEMBER}_${month}`, startOf(month));
    const events = buildStory(player.simulator, story, subject);
    await register(ask, events);
    const parts = story === 'success' ? [events] : splitAfterFailure(events);
    for (const [nth, part] of parts.entries()) {
      for (const event of part) await playEvent(player, event);
      const status = statuses[nth] ?? '';
      await waitUntil(async () => (await statusOf(ask)) === status);
      rows.push([month, part.at(-1)?.kind ?? '', status]);
    }
  }
  const text = formatTable(['member', 'payment', 'account'], rows);
  return { text: `A membership\n${text}`, asExpected: rows.length === 3 };
}

const startOf = (month: string): Date => new Date(Date.now() - STORY_AGE_MS / (month === 'january' ? 1 : 2));

const statusOf = (ask: Ask): Promise<string> =>
  ask<{ status: string }>(`/accounts/${MEMBER}${SCOPE}`).then(
    ({ status }) => status,
    () => 'unknown',
  );

/** The order is registered for the member, so its payments are the member's. */
async function register(ask: Ask, [first]: readonly StoryEvent[]): Promise<void> {
  if (!first) return;
  const { orderId, amount, currency } = first;
  await ask(`/orders/${orderId}${SCOPE}`, { amount, currency, customer: { id: MEMBER } });
}

function splitAfterFailure(events: readonly StoryEvent[]): readonly (readonly StoryEvent[])[] {
  const failed = events.findIndex(({ kind }) => kind === 'failed') + 1;
  return [events.slice(0, failed), events.slice(failed)];
}
