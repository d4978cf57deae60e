import { type Bench, FAILING, type Measure } from '../bench.js';
import type { Finding } from '../findings.js';
import { type NodeBinary, nodeBinaries } from '../programs/other-nodes.js';
import { figure } from '../report/figures.js';
import { answersASecond, type Burst, burst } from './burst.js';

interface Round {
  limit: number;
  inline: number;
  failures: Burst;
  withoutFailures: Burst;
}

/** The same program on every Node that is promised, and what it is compared with on the same one. */
export const nodes: Measure = {
  name: 'nodes',
  asks: 'answers and bursts on Node 20, 24 and 26 (1, 4b, 4c)',
  async run(bench) {
    const binaries = await nodeBinaries(bench.log);
    const all = new Map(binaries.map((binary) => [binary, [] as Round[]]));
    for (let round = 1; round <= bench.rounds; round++) {
      for (const binary of binaries) {
        const one = await measureRound(binary, bench);
        all.get(binary)?.push(one);
        bench.log(
          `round ${round}/${bench.rounds}, Node ${binary.version}: answered ${figure(one.failures.answered)}/s, limit ${figure(one.limit)}/s; end to end ${figure(one.failures.endToEnd)}/s, none failing ${figure(one.withoutFailures.endToEnd)}/s, sync-engine ${figure(one.inline)}/s`,
        );
      }
    }
    return [...all].flatMap(([{ version }, rounds]) => findings(version, rounds));
  },
};

async function measureRound({ path: node }: NodeBinary, bench: Bench): Promise<Round> {
  return {
    limit: await answersASecond('reference-limit', bench, { failing: FAILING, node }),
    failures: await burst(bench, { failing: FAILING, node }),
    inline: await answersASecond('sync-engine', bench, { failing: FAILING, node }),
    withoutFailures: await burst(bench, { failing: 0, node }),
  };
}

function findings(version: string, rounds: readonly Round[]): Finding[] {
  const inline = { what: '(c) sync-engine, inline', figures: rounds.map((it) => it.inline) };
  const endToEnd = (part: string, load: string, figures: number[]): Finding => ({
    question: 4,
    part,
    what: `Node ${version}: a burst of 8 s, ${load}: webhooks a second until nothing is pending`,
    unit: '/s',
    figures,
    reference: inline,
  });
  return [
    {
      question: 1,
      what: `Node ${version}: durable answers a second`,
      unit: '/s',
      figures: rounds.map(({ failures }) => failures.answered),
      reference: { what: '(a) reference-limit', figures: rounds.map(({ limit }) => limit) },
    },
    endToEnd(
      'b',
      `${FAILING} % failing`,
      rounds.map(({ failures }) => failures.endToEnd),
    ),
    endToEnd(
      'c',
      'none failing',
      rounds.map(({ withoutFailures }) => withoutFailures.endToEnd),
    ),
  ];
}
