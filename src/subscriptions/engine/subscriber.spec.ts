import { afterEach, expect, it, jest } from '@jest/globals';
import type { LoggedEvent } from '../../feature.js';
import type { DispatchEnd } from '../sending/dispatch-end.js';
import type { Subscription } from '../subscription.entity.js';
import { hasRoom, partsOf } from './answer-room.js';
import type { Job } from './job.js';
import { Subscriber } from './subscriber.js';

const DELIVERED: DispatchEnd = {
  ...{ status: 'delivered', isGone: false, delayMs: null, httpStatus: 200, reason: null, answer: '' },
};
const FAILED: DispatchEnd = { ...DELIVERED, status: 'pending', delayMs: 1_000, httpStatus: 500 };

const event = (position: number, subjectId: string): LoggedEvent => ({
  ...{ id: `event ${position}`, type: 'payment.created', timestamp: new Date(0), replayed: false, data: {} },
  ...{ subjectId, sequence: position, position: String(position) },
});

const opened: Subscriber[] = [];
afterEach(() => {
  for (const subscriber of opened.splice(0)) subscriber.close();
  jest.useRealTimers();
});

/** A subscriber whose tries end when the test says so. */
function subscriberOf(settings: Partial<Subscription>, mayStart = () => true) {
  const underWay = new Map<string, (end: DispatchEnd | null) => void>();
  const started: string[] = [];
  const subscription = {
    id: 'one',
    position: '0',
    maxInFlight: 2,
    ratePerSecond: 100,
    ordered: false,
    deadInARow: 0,
    url: 'https://members.example',
    ...settings,
  };
  const subscriber = new Subscriber(
    subscription as Subscription,
    {
      mayStart,
      send: ({ event: sent }: Job) => {
        started.push(String(sent.sequence));
        return new Promise((resolve) => underWay.set(String(sent.sequence), resolve));
      },
    },
    '0',
  );
  opened.push(subscriber);
  const end = async (position: number, how: DispatchEnd | null): Promise<void> => {
    underWay.get(String(position))?.(how);
    underWay.delete(String(position));
    await new Promise((resolve) => setImmediate(resolve));
  };
  const takeIn = (events: LoggedEvent[], busy: string[] = []): void =>
    subscriber.takeIn(events, events.at(-1)?.position ?? '0', {
      isWanted: ({ subjectId }) => subjectId !== 'unwanted',
      isBusy: ({ subjectId }) => busy.includes(subjectId),
    });
  const unsaved = () => {
    const taken = subscriber.takeUnsaved(performance.now());
    return (
      taken && [
        taken.position,
        taken.ended.map(({ job }) => String(job.event.sequence)),
        taken.held.map((one) => String(one.sequence)),
      ]
    );
  };
  return { subscriber, started, end, takeIn, unsaved };
}

it('moves its place only past what has ended or is not wanted', async () => {
  const { started, end, takeIn, unsaved } = subscriberOf({});
  takeIn([event(1, 'a'), event(2, 'unwanted'), event(3, 'b'), event(4, 'c'), event(5, 'unwanted')]);
  expect(started).toEqual(['1', '3']);
  await end(3, DELIVERED);
  expect(started).toEqual(['1', '3', '4']);
  expect(unsaved()).toEqual(['0', ['3'], []]);
  await end(1, FAILED);
  expect(unsaved()).toEqual(['3', ['1'], []]);
  await end(4, DELIVERED);
  expect(unsaved()).toEqual(['5', ['4'], []]);
  expect(unsaved()).toBeNull();
});

it('writes down what waits for an earlier event of its subject once that has failed, and what is busy already', async () => {
  const { started, end, takeIn, unsaved } = subscriberOf({ ordered: true, maxInFlight: 5 });
  takeIn([event(1, 'a'), event(2, 'a'), event(3, 'b'), event(4, 'busy'), event(5, 'a')], ['busy']);
  expect(started).toEqual(['1', '3']);
  await end(3, DELIVERED);
  expect(unsaved()).toEqual(['0', ['3'], ['4']]);
  await end(1, FAILED);
  expect(unsaved()).toEqual(['5', ['1'], ['2', '5']]);
  expect(started).toEqual(['1', '3']);
});

it('lets nothing pass an event that failed after the rows of its subject were read', async () => {
  const { started, end, takeIn, unsaved } = subscriberOf({ ordered: true, maxInFlight: 5 });
  takeIn([event(1, 'a')]);
  await end(1, FAILED);
  takeIn([event(2, 'a'), event(3, 'b'), event(4, 'a')]);
  expect(started).toEqual(['1', '3']);
  await end(3, DELIVERED);
  expect(unsaved()).toEqual(['4', ['1', '3'], ['2', '4']]);
});

it('starts nothing after it heard that the subscriber is gone, although nothing is written yet', async () => {
  const { subscriber, started, end, takeIn, unsaved } = subscriberOf({ maxInFlight: 1 });
  takeIn([event(1, 'a'), event(2, 'b')]);
  await end(1, { ...FAILED, status: 'dead', isGone: true, httpStatus: 410 });
  takeIn([event(3, 'c')]);
  expect([started, subscriber.freeForRetries]).toEqual([['1'], 0]);
  expect(unsaved()).toEqual(['1', ['1'], []]);
  expect(subscriber.isOver).toBe(true);
});

it('knows an event until its end is written, so that its row is not taken for one that is due', async () => {
  const { subscriber, end, takeIn, unsaved } = subscriberOf({ ordered: true, maxInFlight: 1 });
  takeIn([event(1, 'a'), event(2, 'b'), event(3, 'busy')], ['busy']);
  await end(1, FAILED);
  expect([1, 2, 3].map((nth) => subscriber.has(`event ${nth}`))).toEqual([true, true, true]);
  unsaved();
  expect([1, 2, 3].map((nth) => subscriber.has(`event ${nth}`))).toEqual([false, true, false]);
});

it('goes on with the next event of a subject when the one before is delivered or dead', async () => {
  const { started, end, takeIn, unsaved } = subscriberOf({ ordered: true });
  takeIn([event(1, 'a'), event(2, 'a'), event(3, 'a')]);
  await end(1, DELIVERED);
  await end(2, { ...FAILED, status: 'dead' });
  expect(started).toEqual(['1', '2', '3']);
  expect(unsaved()).toEqual(['2', ['1', '2'], []]);
});

it('counts no try that did not come about, and starts nothing once it is closed', async () => {
  const { subscriber, started, end, takeIn, unsaved } = subscriberOf({ maxInFlight: 1 });
  takeIn([event(1, 'a'), event(2, 'b')]);
  subscriber.close();
  await end(1, null);
  expect([started, unsaved(), subscriber.isOver]).toEqual([['1'], null, true]);
});

it('tries again before it goes on, and reads no more while it hangs', async () => {
  const { subscriber, started, end, takeIn } = subscriberOf({ maxInFlight: 1 });
  takeIn([event(1, 'a'), event(2, 'b'), event(3, 'c')]);
  expect([subscriber.isReading, subscriber.freeForRetries]).toEqual([false, 0]);
  await end(1, FAILED);
  expect([started, subscriber.freeForRetries]).toEqual([['1', '2'], 0]);
  subscriber.retry([{ event: event(1, 'a'), attempts: 1, entry: null }]);
  await end(2, DELIVERED);
  expect(started).toEqual(['1', '2', '1']);
});

const DEAD: DispatchEnd = { ...FAILED, status: 'dead', delayMs: null };

it('starts nothing after an answer that ends the subscription, before that is written', async () => {
  const { subscriber, started, end, takeIn } = subscriberOf({});
  takeIn([event(1, 'a'), event(2, 'b'), event(3, 'c')]);
  await end(1, { ...DEAD, isGone: true });
  expect(started).toEqual(['1', '2']);
  await end(2, DELIVERED);
  expect(subscriber.takeUnsaved(0)).toMatchObject({
    ...{ position: '2', stop: { reason: 'gone', url: 'https://members.example' } },
  });
  expect([started, subscriber.isOver]).toEqual([['1', '2'], true]);
});

it('starts nothing after the fifth event in a row that was given up, counted from what the table says', async () => {
  const { subscriber, started, end, takeIn } = subscriberOf({ maxInFlight: 1, deadInARow: 3 });
  takeIn([1, 2, 3, 4, 5, 6, 7, 8].map((nth) => event(nth, `subject ${nth}`)));
  await end(1, DELIVERED);
  for (const nth of [2, 3, 4, 5]) await end(nth, DEAD);
  expect(started).toEqual(['1', '2', '3', '4', '5', '6']);
  expect(subscriber.takeUnsaved(0)?.stop).toBeNull();
  await end(6, DEAD);
  expect(started).toHaveLength(6);
  expect(subscriber.takeUnsaved(0)).toMatchObject({ position: '6', stop: { reason: 'five_dead' } });
});

it('hands its stop on once: what ends later pauses nothing again after a resume, and counts for no other run', async () => {
  const { subscriber, end, takeIn } = subscriberOf({ maxInFlight: 3, deadInARow: 4 });
  takeIn([event(1, 'a'), event(2, 'b'), event(3, 'c')]);
  await end(1, DEAD);
  expect(subscriber.takeUnsaved(0)).toMatchObject({
    stop: { reason: 'five_dead' },
    ended: [{ isLate: false }],
  });
  await end(2, DEAD);
  expect(subscriber.takeUnsaved(0)).toMatchObject({ stop: null, ended: [{ isLate: true }] });
  await end(3, { ...DEAD, isGone: true });
  expect(subscriber.takeUnsaved(0)).toMatchObject({ stop: { reason: 'gone' } });
});

it('pauses nothing by what ends after an operator has paused it', async () => {
  const { subscriber, end, takeIn } = subscriberOf({ maxInFlight: 3, deadInARow: 4 });
  takeIn([event(1, 'a')]);
  subscriber.stop();
  await end(1, DEAD);
  expect(subscriber.takeUnsaved(0)).toMatchObject({ stop: null, ended: [{ isLate: true }] });
});

it('is not stopped by the answer of a URL that it had before', async () => {
  const { subscriber, started, end, takeIn } = subscriberOf({ maxInFlight: 1 });
  takeIn([event(1, 'a'), event(2, 'b')]);
  subscriber.configure({ ...subscriber.settings, url: 'https://moved.example' });
  await end(1, { ...DEAD, isGone: true });
  expect(subscriber.takeUnsaved(0)?.stop).toBeNull();
  expect(started).toEqual(['1', '2']);
});

it('starts no more in a second than it may, and goes on in the next one', () => {
  jest.useFakeTimers();
  const { started, takeIn } = subscriberOf({ maxInFlight: 50, ratePerSecond: 3 });
  takeIn(Array.from({ length: 10 }, (_, at) => event(at + 1, `subject ${at}`)));
  jest.advanceTimersByTime(990);
  expect(started).toHaveLength(3);
  jest.advanceTimersByTime(20);
  expect(started).toHaveLength(6);
});

it('is slowed down by 20 failures in a row, later tries too, and at full speed from its first success on', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate'] });
  const { subscriber, started, end, takeIn } = subscriberOf({ maxInFlight: 20, ratePerSecond: 1_000 });
  takeIn(Array.from({ length: 60 }, (_, at) => event(at + 1, `subject ${at}`)));
  for (let nth = 1; nth <= 20; nth++) await end(nth, FAILED);
  // Those that were started before the twentieth failure.
  const before = started.length;
  for (let nth = 21; nth <= before; nth++) await end(nth, FAILED);
  subscriber.retry([{ event: event(1, 'subject 0'), attempts: 1, entry: null }]);
  expect(started).toHaveLength(before);
  jest.advanceTimersByTime(1_000);
  expect(started.slice(before)).toEqual(['1']);
  jest.advanceTimersByTime(2_000);
  expect(started).toHaveLength(before + 3);
  await end(1, DELIVERED);
  expect(started).toHaveLength(before + 20 + 1);
});

it('starts nothing while 8 MB of answers are not written, whosever they are, and goes on below that', async () => {
  const answered = { ...DELIVERED, answer: '"'.repeat(65_536) };
  const all: Subscriber[] = [];
  const unwritten: { answerSize: number }[] = [];
  const open = () =>
    subscriberOf({ maxInFlight: 200, ratePerSecond: 1_000 }, () => hasRoom([all, unwritten]));
  const [talker, other] = [open(), open()];
  all.push(talker.subscriber, other.subscriber);
  talker.takeIn(Array.from({ length: 190 }, (_, at) => event(at + 1, `subject ${at}`)));
  for (let nth = 1; nth <= 129; nth++) await talker.end(nth, answered);
  other.takeIn([event(1, 'a')]);
  expect(other.started).toEqual([]);
  const taken = talker.subscriber.takeUnsaved(0);
  expect([taken?.answerSize, talker.subscriber.answerSize]).toEqual([129 * 65_536, 0]);
  unwritten.push(...(taken === null ? [] : [taken]));
  other.subscriber.pump();
  expect(other.started).toEqual([]);
  unwritten.pop();
  other.subscriber.pump();
  expect(other.started).toEqual(['1']);
});

it.each([
  [[], []],
  [[0, 0, 0], [[0, 0, 0]]],
  [
    [3, 1, 1],
    [[3, 1], [1]],
  ],
  [
    [1, 9, 1, 0],
    [[1], [9], [1, 0]],
  ],
])('answers of %j MB are written in parts of 4 MB', (sizes, parts) => {
  expect(partsOf(sizes, (size) => size * 1024 * 1024)).toEqual(parts);
});
