import { isDeepStrictEqual } from 'node:util';
import type { ListedEvent } from './event-list.js';
import type { Judgement } from './judgement.js';
import { peakMemoryMiB } from './peak-memory.js';
import type { ChaosStage } from './stage.js';
import type { Habit } from './subscriber-habits.js';
import type { Arrival } from './subscribers.js';

/** What the subscribers are compared with. */
export interface Reference {
  /** Every event that was listed since the first subscription, in the order of the log. */
  listed: ReadonlyMap<string, ListedEvent>;
  /** Those of this round. Everybody who is judged had subscribed before them. */
  fresh: readonly ListedEvent[];
  faults: ChaosStage['faultTimes'];
}

/** What a subscriber received. */
export interface Received {
  habit: Habit;
  arrivals: readonly Arrival[];
  /** How many of the arrivals were judged before. */
  judged: number;
}

type Lists = Pick<Judgement, 'lost' | 'wrong' | 'repeatedOutsideWindow' | 'repeatedInWindow' | 'subscribers'>;

/** Beyond this the service holds what it should not. It takes some 250 MiB in a round. */
const MOST_MEMORY_MIB = 512;

/** Whether the subscription asks for the event. Written from the contract alone. */
export const asksFor = ({ topics, gateway }: Habit, { type, data }: ListedEvent): boolean =>
  topics.some((topic) => topic === '*' || topic === type || topic === `${type.split('.')[0]}.*`) &&
  (gateway === undefined || data.gateway === gateway) &&
  (data.mode ?? 'live') === 'live';

/** Notes what a subscriber should have received and did not, and what it received and should not. */
export function compareSubscriber(received: Received, reference: Reference, lists: Lists): void {
  const { habit, arrivals, judged } = received;
  if (habit.hears === 'all') noteLost(received, reference, lists);
  const before = predecessors(habit, reference.listed);
  for (const [at, arrival] of arrivals.entries()) {
    if (at < judged) continue;
    const earlier = arrivals.slice(0, at);
    const same = earlier.filter(({ eventId }) => eventId === arrival.eventId);
    const event = reference.listed.get(arrival.eventId);
    const name = `${habit.name} received ${event?.type ?? 'an unknown event'} ${arrival.eventId}`;
    lists.wrong.push(
      ...faultsOf({ habit, arrival, event, earlier, same }, before).map((it) => `${name} ${it}`),
    );
    noteRepeat(name, { arrival, earlier, same }, reference, lists);
    const count = (lists.subscribers[habit.name] ??= { taken: 0, again: 0 });
    if (same.length === 0) count.taken++;
    else count.again++;
  }
}

function noteLost({ habit, arrivals }: Received, { fresh }: Reference, { lost }: Lists): void {
  const taken = new Set(arrivals.flatMap(({ eventId, says }) => (says === 'taken' ? [eventId] : [])));
  for (const event of fresh)
    if (asksFor(habit, event) && !taken.has(event.id))
      lost.push(`${habit.name} never took ${event.type} ${event.id}`);
}

interface Case {
  habit: Habit;
  arrival: Arrival;
  event: ListedEvent | undefined;
  /** The arrivals before it, and of those the ones with the same event. */
  earlier: readonly Arrival[];
  same: readonly Arrival[];
}

/** What is wrong with one arrival, whatever happened to the service. */
function faultsOf(
  { habit, arrival, event, earlier, same }: Case,
  before: ReadonlyMap<string, ListedEvent>,
): string[] {
  if (event === undefined) return ['that is not listed'];
  const previous = before.get(event.id);
  const isTooEarly =
    habit.ordered === true &&
    same.length === 0 &&
    previous !== undefined &&
    !earlier.some(({ eventId, says }) => eventId === previous.id && says === 'taken');
  return [
    ...(habit.hears === 'none' ? ['and had not confirmed'] : []),
    ...(asksFor(habit, event) ? [] : ['and had not asked for it']),
    ...(isSameEvent(arrival.body, event) ? [] : [`unlike it is listed: ${arrival.body}`]),
    ...(same.every(({ body }) => body === arrival.body) ? [] : [`unlike it was before: ${arrival.body}`]),
    ...(isTooEarly ? [`before it took ${previous.type} ${previous.id}`] : []),
  ];
}

function isSameEvent(body: string, { type, timestamp, data, sequence, replayed }: ListedEvent): boolean {
  const told = { type, timestamp, data, sequence, ...(replayed && { replayed }) };
  return isDeepStrictEqual(JSON.parse(body), told);
}

/** A repeat of what was taken, and anything after a 410, is allowed where a fault lay between the two. */
function noteRepeat(
  name: string,
  { arrival, earlier, same }: Pick<Case, 'arrival' | 'earlier' | 'same'>,
  { faults }: Reference,
  lists: Lists,
): void {
  const end =
    same.findLast(({ says }) => says === 'taken') ?? earlier.findLast(({ says }) => says === 'gone');
  if (end === undefined) return;
  if (faults.some(({ from, to }) => from <= arrival.at && to >= end.at)) lists.repeatedInWindow++;
  else lists.repeatedOutsideWindow.push(`${name} after it said ${end.says}`);
}

/** For each event that an ordered subscription asks for, the one before it of the same subject. */
function predecessors(
  habit: Habit,
  listed: ReadonlyMap<string, ListedEvent>,
): ReadonlyMap<string, ListedEvent> {
  const last = new Map<string, ListedEvent>();
  const before = new Map<string, ListedEvent>();
  if (habit.ordered !== true) return before;
  const ofHabit = [...listed.values()].filter((event) => asksFor(habit, event));
  for (const event of ofHabit.toSorted((one, other) => one.sequence - other.sequence)) {
    const previous = last.get(event.subjectId);
    if (previous !== undefined) before.set(event.id, previous);
    last.set(event.subjectId, event);
  }
  return before;
}

const STATUS: Readonly<Record<Habit['hears'], string>> = {
  all: 'active',
  none: 'unconfirmed',
  'until gone': 'ended',
  some: 'paused',
};

/** Compares what the subscribers of a round received with what the service lists. */
export async function judgeSubscribers(stage: ChaosStage, judgement: Judgement): Promise<void> {
  const { subscribers } = stage;
  const received = [...subscribers.all.values()].map((subscriber) => ({
    subscriber,
    arrivals: [...subscriber.arrivals],
  }));
  const fresh = await subscribers.log.readOn((path) => stage.readApi(path));
  const reference = { listed: subscribers.log.listed, fresh, faults: stage.faultTimes };
  for (const { subscriber, arrivals } of received) {
    const { habit, judged, id } = subscriber;
    compareSubscriber({ habit, arrivals, judged }, reference, judgement);
    subscriber.judged = arrivals.length;
    const { status } = await stage.readApi<{ status: string }>(`/subscriptions/${id}`);
    if (status !== STATUS[habit.hears])
      judgement.wrong.push(`the subscription of ${habit.name} is ${status}`);
  }
  judgement.wrong.push(
    ...subscribers.forged.splice(0).map((why) => `a subscriber refused a request: ${why}`),
  );
  if (subscribers.strays > 0) judgement.wrong.push(`${subscribers.strays} requests followed a redirect`);
  const memory = peakMemoryMiB(stage.service?.pid ?? 0);
  if (memory > MOST_MEMORY_MIB) judgement.wrong.push(`the service took ${memory} MiB`);
}
