import { type Bench, saturate } from '../bench.js';
import { failuresIn } from '../load/events.js';
import type { MailSink } from '../load/mail-sink.js';
import { sendingTo } from '../load/mail-sink.js';
import { statsOf, untilQuiet } from '../load/stats.js';
import { type PayhookOptions, type ProgramName, run } from '../programs/programs.js';
import { type Cost, costBetween, readMeters } from './cost.js';

const SECONDS = 8;
const WARM_UP_REQUESTS = 500;

/** What came of a burst: as fast as 64 senders can for 8 s, and then until nothing is pending. */
export interface Burst extends Cost {
  /** Webhooks a second from the first request until nothing was pending: no delivery, handler run or notification. */
  endToEnd: number;
  /** Answers a second while they sent. */
  answered: number;
  /** From the last answer until nothing was pending. */
  secondsBehind: number;
  /** From the last answer until the last mail; null without a mail server. */
  lastMailAfter: number | null;
}

export interface BurstOptions extends PayhookOptions {
  failing: number;
  mail?: MailSink;
}

export async function burst(bench: Bench, { failing, mail, ...payhook }: BurstOptions): Promise<Burst> {
  const environment = { ...payhook.environment, ...(mail && sendingTo(mail)) };
  const program = await run('payhook', bench.server, { ...payhook, environment });
  try {
    const warm = await warmRate(program.url, failing, bench);
    await untilQuiet(program.url);
    const count = Math.ceil(warm * secondsOf(bench));
    const mailsBefore = mail?.count ?? 0;
    const before = await readMeters(bench.server, program.database, program);
    const { perSecond, seconds, endedAt } = await saturate(program.url, count, { failing });
    const quietAt = await untilQuiet(program.url);
    const after = await readMeters(bench.server, program.database, program);
    await insistOnAll(program.url);
    const mails = (mail?.count ?? 0) - mailsBefore;
    const due = mail ? failuresIn({ failing, count }) : 0;
    if (mails !== due) throw new Error(`${mails} mails for ${due} failed payments`);
    const secondsBehind = (quietAt - endedAt) / 1000;
    return {
      ...costBetween(before, after, count),
      endToEnd: count / (seconds + secondsBehind),
      answered: perSecond,
      secondsBehind,
      lastMailAfter: mail ? (mail.lastAt - endedAt) / 1000 : null,
    };
  } finally {
    await program.end();
  }
}

/** Answers a second of a program under the same load. Where nothing follows from an answer, it is also end to end. */
export async function answersASecond(
  name: ProgramName,
  bench: Bench,
  { failing, node }: { failing: number; node?: string },
): Promise<number> {
  const program = await run(name, bench.server, { node });
  try {
    const warm = await warmRate(program.url, failing, bench);
    const { perSecond } = await saturate(program.url, Math.ceil(warm * secondsOf(bench)), { failing });
    return perSecond;
  } finally {
    await program.end();
  }
}

const secondsOf = ({ quick }: Bench): number => (quick ? 1 : SECONDS);

async function warmRate(url: string, failing: number, bench: Bench): Promise<number> {
  const { perSecond: cold } = await saturate(url, WARM_UP_REQUESTS, { failing });
  const { perSecond } = await saturate(url, Math.ceil((cold * secondsOf(bench)) / 3), { failing });
  return perSecond;
}

/** Fast and wrong is wrong. */
export async function insistOnAll(url: string): Promise<void> {
  const { deliveries, handlers, notifications } = await statsOf(url);
  const lost = deliveries.dead + deliveries.parked + handlers.dead + notifications.dead;
  if (lost > 0) throw new Error(`${lost} deliveries, handler runs or notifications ended dead or parked`);
}
