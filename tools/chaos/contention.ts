import { setTimeout as sleep } from 'node:timers/promises';
import type { GatewaySimulator, SignedRequest, StoryEvent } from '../../src/simulator/gateway-simulator.js';
import { createSeededRandom } from '../../src/simulator/tampering.js';
import { createStorySubject } from '../../src/simulator/player.js';
import { sendRequest } from '../../src/simulator/sender.js';
import { SIMULATORS } from '../../src/simulator/simulators.js';
import { STORIES } from '../../src/simulator/stories.js';
import type { ChaosStage } from './stage.js';

/** The result of two processes that worked on the same rows. */
export interface Contention {
  /** Transactions that stored messages, and transactions that processed them. */
  flushes: number;
  projections: number;
  sent: number;
  /** Number of responses other than 200 by status; status 0 means no response. */
  refused: Record<number, number>;
  deadlocks: number;
  /** Distinct events that were sent, and the rows that exist for them. */
  events: number;
  stored: number;
  reports: number;
  ms: number;
}

export const noDeadlocks = ({ refused, deadlocks, events, stored, reports }: Contention): boolean =>
  Object.keys(refused).length === 0 && deadlocks === 0 && stored === events && reports === events;

const FLUSH = 'INSERT INTO deliveries';
const PROJECTION = 'INSERT INTO payment_reports';
const SENDERS = 48;
const HOT_PAYMENTS = 45;
const HOT_PARKED = 12;
const STORY_AGE_MS = 120_000;

/**
 * Sends the same few payments, events and parked messages to two processes in random order, until `batches` flushes were
 * made. Nearly every flush needs rows that another transaction holds. PostgreSQL counts deadlocks; a sender sees one as 503.
 */
export async function runContention(stage: ChaosStage, batches: number, seed: number): Promise<Contention> {
  const began = performance.now();
  for (const statement of [FLUSH, PROJECTION]) stage.databaseProxy.countOccurrencesOf(statement);
  await stage.startService();
  const other = await stage.spawnService();
  const urls = [stage.url, other.url];
  const before = await countDeadlocks(stage);
  const hot = new HotSet(stage.settings.secrets, createSeededRandom(seed));
  const refused: Record<number, number> = {};
  let sent = 0;
  const flushes = (): number => stage.databaseProxy.occurrences.get(FLUSH) ?? 0;
  await Promise.all(
    Array.from({ length: SENDERS }, async (_, nth) => {
      while (flushes() < batches) {
        sent++;
        const { status } = await sendRequest(urls[nth % 2] as string, hot.next()).catch(() => ({
          status: 0,
        }));
        if (status !== 200) refused[status] = (refused[status] ?? 0) + 1;
      }
    }),
  );
  await stage.waitUntilQuiet();
  await Promise.all([stage.stopService(), other.stop()]);
  return {
    flushes: flushes(),
    projections: stage.databaseProxy.occurrences.get(PROJECTION) ?? 0,
    sent,
    refused,
    deadlocks: (await countDeadlocks(stage)) - before,
    events: hot.events,
    stored: await queryCount(
      stage,
      `SELECT count(*) AS n FROM deliveries WHERE status = 'processed' AND id NOT IN (SELECT delivery_id FROM delivery_work)`,
    ),
    reports: await queryCount(stage, 'SELECT count(*) AS n FROM payment_reports'),
    ms: Math.round(performance.now() - began),
  };
}

/** What everybody wants: mostly messages that were sent before, some new ones of the same payments. */
class HotSet {
  events = 0;
  private readonly known: SignedRequest[] = [];
  private readonly parked: SignedRequest[];
  private readonly gateways = ['stripe', 'razorpay', 'standard'];

  constructor(
    private readonly secrets: ReadonlyMap<string, string>,
    private readonly random: () => number,
  ) {
    this.parked = Array.from({ length: HOT_PARKED }, (_, nth) => this.request('stripe', nth, 'parked'));
  }

  next(): SignedRequest {
    const kind = this.random();
    if (kind < 0.1) return this.parked[Math.floor(this.random() * HOT_PARKED)] as SignedRequest;
    if (kind < 0.9 && this.known.length > 0) {
      // Prefers the newest, because their rows are being processed.
      const back = Math.floor(this.random() ** 2 * Math.min(30, this.known.length));
      return this.known[this.known.length - 1 - back] as SignedRequest;
    }
    const nth = this.events++;
    const request = this.request(this.gateways[nth % this.gateways.length] as string, nth, 'fits');
    this.known.push(request);
    return request;
  }

  private request(gateway: string, nth: number, body: 'fits' | 'parked'): SignedRequest {
    const simulator = SIMULATORS.get(gateway) as GatewaySimulator;
    const start = new Date(Date.now() - STORY_AGE_MS);
    const subject = createStorySubject(gateway, `hot${nth % HOT_PAYMENTS}`, start);
    const event: StoryEvent = {
      ...(STORIES.success(subject).at(-1) as StoryEvent),
      kind: 'authorized',
      eventId: `evt_${body}_${nth}`,
      // Makes bodies different for gateways whose idempotency key is the digest of the body.
      amount: String(10_000 + nth),
      occurredAt: new Date(Math.floor(start.getTime() / 1000 + this.random() * 100) * 1000),
    };
    const bytes = body === 'fits' ? simulator.body(event) : makeUninterpretable(simulator.body(event));
    const secret = this.secrets.get(gateway) ?? '';
    return simulator.sign(bytes, { secret, now: new Date(), eventId: event.eventId });
  }
}

/** The same event with an impossible amount: the delivery is parked, and revived each time it is sent again. */
function makeUninterpretable(body: Buffer): Buffer {
  const event = JSON.parse(body.toString('utf8')) as { data: { object: object } };
  return Buffer.from(JSON.stringify({ ...event, data: { object: { ...event.data.object, amount: -1 } } }));
}

/** A PostgreSQL backend reports its counters when it is idle for about a second, or when it exits. */
async function countDeadlocks(stage: ChaosStage): Promise<number> {
  await sleep(1_500);
  return queryCount(stage, 'SELECT deadlocks AS n FROM pg_stat_database WHERE datname = current_database()');
}

async function queryCount({ db }: ChaosStage, query: string): Promise<number> {
  const { rows } = await db.query<{ n: string }>(query);
  return Number(rows[0]?.n ?? 0);
}
