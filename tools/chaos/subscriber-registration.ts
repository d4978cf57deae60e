import { setTimeout as sleep } from 'node:timers/promises';
import { askUntilDone } from './ask-until-done.js';
import { HABITS, type Habit } from './subscriber-habits.js';
import { ChaosSubscriber } from './subscribers.js';
import type { ChaosStage } from './stage.js';

const CONFLICT = 409;
const SENT_WITHIN_MS = 30_000;

/**
 * Before the traffic of a round: registers and confirms who is new, and resumes who was paused. Nothing is published
 * meanwhile, so each of them is to hear everything of the round.
 */
export async function subscribe(stage: ChaosStage, round: string): Promise<void> {
  const { all } = stage.subscribers;
  for (const habit of HABITS) {
    const known = all.get(habit.name);
    if (known === undefined) await register(stage, habit, round);
    else if (habit.hears === 'until gone') {
      await askUntilDone(stage, `/subscriptions/${known.id}`, { method: 'DELETE' });
      await register(stage, habit, round);
    } else if (habit.hears === 'some') await act(stage, known, 'resume');
  }
  for (const subscriber of all.values()) subscriber.beginRound();
}

async function register(stage: ChaosStage, habit: Habit, round: string): Promise<void> {
  const subscriber = new ChaosSubscriber(habit, `/${habit.name.replaceAll(' ', '-')}-${round}`);
  stage.subscribers.all.set(habit.name, subscriber);
  const { topics, gateway, ordered, maxInFlight } = habit;
  const terms = {
    url: stage.subscribers.urlOf(subscriber),
    secret: subscriber.secret,
    topics,
    ...(gateway !== undefined && { filter: { gateway } }),
    ordered,
    maxInFlight,
    ratePerSecond: 500,
  };
  const answer = await stage.askApi('/subscriptions', { method: 'POST', body: JSON.stringify(terms) });
  if (answer.status !== 201)
    throw new Error(`POST /subscriptions answered ${answer.status} ${await answer.text()}`);
  subscriber.id = ((await answer.json()) as { id: string }).id;
  // 409: the challenge was answered with another value.
  if (habit.hears !== 'none') await act(stage, subscriber, 'confirm', [CONFLICT]);
}

const act = (stage: ChaosStage, { id }: ChaosSubscriber, what: string, again?: number[]): Promise<void> =>
  askUntilDone(stage, `/subscriptions/${id}/${what}`, { method: 'POST' }, again);

/** After the traffic of a round: pauses those that never answer rightly, so that the service becomes quiet. */
export async function pauseTheDeaf(stage: ChaosStage): Promise<void> {
  for (const subscriber of stage.subscribers.all.values())
    if (subscriber.habit.hears === 'some') await act(stage, subscriber, 'pause');
}

/** Waits until the service has nothing left for those who must hear everything. Throws after 30 s. */
export async function waitUntilSent(stage: ChaosStage): Promise<void> {
  const end = performance.now() + SENT_WITHIN_MS;
  for (const { habit, id } of stage.subscribers.all.values()) {
    if (habit.hears !== 'all') continue;
    const path = `/subscriptions/${id}/dispatches?status=pending&limit=1`;
    for (;;) {
      const { items } = await stage.readApi<{ items: object[] }>(path);
      if (items.length === 0) break;
      if (performance.now() > end)
        throw new Error(`${habit.name} has pending dispatches: ${JSON.stringify(items)}`);
      await sleep(50);
    }
  }
}
