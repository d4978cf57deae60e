import { allAccepted, type Bench, CONNECTIONS, eventsOf, type Measure } from '../bench.js';
import type { Finding } from '../findings.js';
import { load } from '../load/load.js';
import type { Outcome, Quantiles } from '../load/orders.js';
import { untilQuiet } from '../load/stats.js';
import { API_KEY } from '../programs/payhook.js';
import { figure } from '../report/figures.js';
import { type Cost, costBetween, cpuOf, readMeters } from './cost.js';
import { type Asked, QUICK, startSubscribed, type Subscribed } from './subscribers.js';

/** Webhooks a second. Each makes a payment, and so two events: it was created, and it succeeded or failed. */
const WEBHOOKS_PER_SECOND = 250;
const EVENTS_PER_WEBHOOK = 2;
const SECONDS = 20;
const QUICK_SECONDS = 3;
const WARM_UP_SECONDS = 3;
/** One payment of so many is looked for in the read API. */
const WATCHED_EVERY = 50;

interface Round {
  answers: Quantiles;
  visible: Quantiles;
  cost: Cost;
  peakBytes: number;
  /** From the event to its arrival. */
  arrival: Quantiles;
}

/** How long events take to the subscribers that answer while most hang, and what that costs those who send webhooks. */
export const subscribers: Measure = {
  name: 'subscribers',
  asks: 'how long until ten subscribers have 500 events/s while ninety hang (15)',
  async run(bench) {
    const rounds = { none: [] as Round[], 'a tenth': [] as Round[], everything: [] as Round[] };
    for (let round = 1; round <= bench.rounds; round++) {
      for (const asked of [null, 'a tenth', 'everything'] as const) {
        const one = await measureRound(bench, asked);
        rounds[asked ?? 'none'].push(one);
        bench.log(
          `round ${round}/${bench.rounds}, ${asked ?? 'no subscriber'}: answered in ${told(one.answers)}, shown in ${told(one.visible)}, ${figure(cpuOf(one.cost))} µs a webhook, arrived after ${told(one.arrival)}`,
        );
      }
    }
    const { none } = rounds;
    return [
      ...findings('a tenth', rounds['a tenth'], none),
      ...findings('everything', rounds.everything, none),
    ];
  },
};

async function measureRound({ server, quick }: Bench, asked: Asked | null): Promise<Round> {
  const subscribed = await startSubscribed(server, asked);
  const { program } = subscribed;
  try {
    await send(subscribed, asked, WARM_UP_SECONDS);
    await subscribed.forget();
    const before = await readMeters(server, program.database, program);
    const seconds = quick ? QUICK_SECONDS : SECONDS;
    const { outcome, arrival } = await send(subscribed, asked, seconds);
    const after = await readMeters(server, program.database, program);
    return {
      answers: outcome.latency,
      visible: outcome.visible as Quantiles,
      cost: costBetween(before, after, outcome.ok),
      peakBytes: program.usage().peakBytes,
      arrival,
    };
  } finally {
    await subscribed.end();
  }
}

/** Resolves once every subscriber that answers has all that it asked for; without one, once nothing is pending. */
async function send(
  { program, untilArrived }: Subscribed,
  asked: Asked | null,
  seconds: number,
): Promise<{ outcome: Outcome; arrival: Quantiles }> {
  const count = WEBHOOKS_PER_SECOND * seconds;
  const outcome = await allAccepted(
    load({
      ...{ how: 'steady', url: program.url, rate: WEBHOOKS_PER_SECOND, connections: CONNECTIONS },
      events: eventsOf(count, { accounts: QUICK }),
      watch: { every: WATCHED_EVERY, apiKey: API_KEY },
    }),
  );
  if (asked === null) await untilQuiet(program.url);
  const share = asked === 'a tenth' ? QUICK : 1;
  const { latency } = await untilArrived((count * EVENTS_PER_WEBHOOK) / share);
  return { outcome, arrival: latency };
}

const told = ({ p50, p99, max }: Quantiles): string =>
  `p50 ${figure(p50)}, p99 ${figure(p99)}, at most ${figure(max)} ms`;

function findings(asked: Asked, rounds: readonly Round[], none: readonly Round[]): Finding[] {
  const question = 15;
  const events = WEBHOOKS_PER_SECOND * EVENTS_PER_WEBHOOK;
  const what = `${events} events/s, 90 of 100 subscribers hang, the others get ${asked} each`;
  const arrival = (name: string, of: keyof Quantiles): Finding => ({
    ...{ question, what: `${what}: from the event to its arrival, ${name}`, unit: ' ms' },
    figures: rounds.map((one) => one.arrival[of]),
    ...(of === 'max' && { target: { kind: 'at most', value: 1_000 } }),
  });
  const compared = (name: string, unit: string, of: (round: Round) => number): Finding => ({
    ...{ question, what: `${what}: ${name}`, unit },
    figures: rounds.map(of),
    reference: { what: 'no subscriber, in the same round', figures: none.map(of) },
  });
  return [
    arrival('p50', 'p50'),
    arrival('p99', 'p99'),
    arrival('the longest', 'max'),
    compared('answer, p99', ' ms', (one) => one.answers.p99),
    compared('POST until the payment is shown, p99', ' ms', (one) => one.visible.p99),
    compared('CPU of all processes for a webhook, without senders and receivers', ' µs', (one) =>
      cpuOf(one.cost),
    ),
    compared('most memory', ' MB', (one) => one.peakBytes / 1e6),
  ];
}
