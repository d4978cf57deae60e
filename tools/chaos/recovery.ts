import { setTimeout as sleep } from 'node:timers/promises';
import type { GatewaySimulator, SignedRequest, StoryEvent } from '../../src/simulator/gateway-simulator.js';
import { createStorySubject } from '../../src/simulator/player.js';
import { sendRequest } from '../../src/simulator/sender.js';
import { SIMULATORS } from '../../src/simulator/simulators.js';
import { STORIES } from '../../src/simulator/stories.js';
import { createSeededRandom } from '../../src/simulator/tampering.js';
import type { AcceptedMail } from './mail-server.js';
import type { ChaosStage } from './stage.js';

/** What became of the work of a process that was killed under load. Times in milliseconds after the kill. */
export interface Recovery {
  /** `restart`: the process is started again at once. `beside`: another process lives beside it. */
  way: 'restart' | 'beside';
  acknowledged: number;
  failures: number;
  /** Mails that the killed process had in hand. */
  inHand: number;
  /** Until a process answers; until no delivery is pending; until no notification is. */
  listening: number;
  processed: number;
  mailed: number;
  /** Failed payments without a mail, and acknowledged events without a report. */
  lost: number;
  /** Mails that came again although they had been marked as sent, or although nothing was killed in between. */
  repeatedOutsideWindow: number;
  repeatedInWindow: number;
}

export const nothingLost = ({ lost, repeatedOutsideWindow }: Recovery): boolean =>
  lost === 0 && repeatedOutsideWindow === 0;

const GATEWAY = 'stripe';
const RATE = 300;
const TICK_MS = 20;
const FAILING = 10;
const LOAD_MS = { least: 1_500, most: 3_000 };
const STORY_AGE_MS = 60_000;
/** Longer than the lease of a mail. */
const PATIENCE_MS = 180_000;
/** A mail that the killed process had sent may be read by the mail server a moment later. */
const ARRIVES_LATE_MS = 500;
const IN_HAND = `status = 'pending' AND lease IS NOT NULL AND leased_until > now()`;

interface Load {
  /** Of each acknowledged event, the id and whether its payment failed. */
  acknowledged: { eventId: string; failed: boolean }[];
  end: () => Promise<void>;
}

/**
 * Sends 300 webhooks a second, of which one in ten tells of a failed payment, kills the process at some moment, and
 * measures until everything that was acknowledged is done and every mail is out.
 */
export async function playRecovery(stage: ChaosStage, way: Recovery['way'], seed: number): Promise<Recovery> {
  const random = createSeededRandom(seed);
  await stage.startService();
  if (way === 'beside') stage.standby = await stage.spawnService('directly');
  const mailsBefore = stage.mails.accepted.length;
  const load = startLoad(stage, `${seed.toString(36)}t${Math.floor(performance.now()).toString(36)}`);
  await sleep(LOAD_MS.least + random() * (LOAD_MS.most - LOAD_MS.least));
  const killedAt = performance.now();
  const since = (): number => Math.round(performance.now() - killedAt);
  await stage.killService();
  await load.end();
  const inHand = await count(stage, `SELECT count(*) AS n FROM notifications WHERE ${IN_HAND}`);
  if (way === 'beside') stage.promoteStandby();
  else await stage.startService();
  const listening = since();
  await stage.waitUntil(
    ({ deliveries, handlers }) => deliveries.pending + handlers.pending === 0,
    PATIENCE_MS,
  );
  const processed = since();
  await stage.waitUntil(({ quiet }) => quiet, PATIENCE_MS);
  const mailed = since();
  return {
    way,
    acknowledged: load.acknowledged.length,
    failures: load.acknowledged.filter(({ failed }) => failed).length,
    inHand,
    listening,
    processed,
    mailed,
    lost: await countLost(stage, load),
    ...countRepeated(stage.mails.accepted.slice(mailsBefore), killedAt),
  };
}

/** Failed payments without a mail that was taken, and acknowledged events without a report. */
async function countLost(stage: ChaosStage, { acknowledged }: Load): Promise<number> {
  const { rows } = await stage.db.query<{ event_id: string; mails: string[] }>(
    `SELECT event_id, ARRAY(SELECT id::text FROM notifications message WHERE message.payment_id = report.payment_id)
       AS mails FROM payment_reports report WHERE event_id = ANY($1)`,
    [acknowledged.map(({ eventId }) => eventId)],
  );
  const mailsOf = new Map(rows.map(({ event_id, mails }) => [event_id, mails]));
  const taken = new Set(stage.mails.accepted.map(({ notificationId }) => notificationId));
  return acknowledged.filter(({ eventId, failed }) => {
    const mails = mailsOf.get(eventId);
    return mails === undefined || (failed && !mails.some((id) => taken.has(id)));
  }).length;
}

/** A mail may come again only if it came first before the kill, and was not yet marked when it came again. */
function countRepeated(
  mails: readonly AcceptedMail[],
  killedAt: number,
): Pick<Recovery, 'repeatedInWindow' | 'repeatedOutsideWindow'> {
  const before = new Map<string, number>();
  let [repeatedInWindow, repeatedOutsideWindow] = [0, 0];
  for (const { notificationId, acceptedAt, statusThen } of mails) {
    const first = before.get(notificationId);
    before.set(notificationId, acceptedAt);
    if (first === undefined) continue;
    if (first <= killedAt + ARRIVES_LATE_MS && acceptedAt > killedAt && statusThen !== 'sent')
      repeatedInWindow++;
    else repeatedOutsideWindow++;
  }
  return { repeatedInWindow, repeatedOutsideWindow };
}

async function count({ db }: ChaosStage, query: string): Promise<number> {
  const { rows } = await db.query<{ n: string }>(query);
  return Number(rows[0]?.n ?? 0);
}

function startLoad(stage: ChaosStage, tag: string): Load {
  const acknowledged: Load['acknowledged'] = [];
  const underWay = new Set<Promise<void>>();
  let nth = 0;
  const began = performance.now();
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - began) * RATE) / 1_000);
    while (nth < due) send(nth++);
  }, TICK_MS);
  const send = (at: number): void => {
    const failed = at % FAILING === 0;
    const { eventId, request } = signedEvent(stage, `${tag}n${at}`, failed);
    const sent = sendRequest(stage.url, request)
      .then(({ status }) => void (status === 200 && acknowledged.push({ eventId, failed })))
      .catch(() => undefined)
      .finally(() => underWay.delete(sent));
    underWay.add(sent);
  };
  const end = async (): Promise<void> => {
    clearInterval(timer);
    await Promise.all(underWay);
  };
  return { acknowledged, end };
}

function signedEvent(
  { settings }: ChaosStage,
  name: string,
  failed: boolean,
): { eventId: string; request: SignedRequest } {
  const simulator = SIMULATORS.get(GATEWAY) as GatewaySimulator;
  const subject = createStorySubject(GATEWAY, name, new Date(Date.now() - STORY_AGE_MS));
  const event = STORIES[failed ? 'failure' : 'success'](subject).at(-1) as StoryEvent;
  const secret = settings.secrets.get(GATEWAY) ?? '';
  const request = simulator.sign(simulator.body(event), { secret, now: new Date(), eventId: event.eventId });
  return { eventId: event.eventId, request };
}
