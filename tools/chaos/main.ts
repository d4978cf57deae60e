import { randomBytes, randomInt } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { bareEnvironment } from '../../src/platform/config/bare-environment.js';
import { startThrowawayPostgres } from '../../src/platform/database/embedded/throwaway-postgres.js';
import { FAULT_GROUPS, type Fault, type FaultGroup } from './fault.js';
import { FAULTS } from './faults.js';
import { runContention, noDeadlocks } from './contention.js';
import { isClean } from './oracle.js';
import { nothingLost, playRecovery, type Recovery } from './recovery.js';
import { formatMessages, formatRecoveries, formatRound, formatSubscribers, formatSummary } from './report.js';
import { playRound, type Round } from './round.js';
import { ChaosStage, type ChaosSettings } from './stage.js';
import { gateways } from '../../src/webhooks/gateways/index.js';

/**
 * `npm run chaos -- [--rounds N] [--seed S] [--only kill,database,…] [--named text] [--json file]`: plays traffic at the
 * built service and breaks something in every round. Ends with 0 only if nothing was lost, wrong or done twice.
 * `npm run chaos -- --only contention [--batches N]`: two processes that need the same rows. Ends with 0 without a deadlock.
 * `npm run chaos -- --only recovery [--rounds N]`: kills the process under load, with the leases that ship, and measures
 * until all is done. Ends with 0 if nothing was lost, and no mail sent twice outside of its window.
 */

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '20' },
    seed: { type: 'string' },
    only: { type: 'string' },
    named: { type: 'string', default: '' },
    batches: { type: 'string', default: '10000' },
    json: { type: 'string' },
  },
});

async function main(): Promise<boolean> {
  const seed = Number(values.seed ?? randomInt(2 ** 31));
  const postgres = await startThrowawayPostgres(() => undefined);
  const stage = await ChaosStage.open(postgres, settings());
  try {
    if (values.only === 'contention') return await contention(stage, seed);
    if (values.only === 'recovery') return await recoveries(stage, seed);
    return await allRounds(stage, seed);
  } finally {
    await stage.close();
    await postgres.stop();
  }
}

async function allRounds(stage: ChaosStage, seed: number): Promise<boolean> {
  stage.tellsAll = true;
  const faults = faultsFor(values.only, values.named);
  const rounds: Round[] = [];
  for (let nth = 0; nth < Number(values.rounds); nth++) {
    const round = await playRound(stage, faults(nth), seed + nth);
    rounds.push(round);
    process.stdout.write(`${formatRound(nth, round)}\n`);
  }
  const tables = [formatSummary(rounds), formatMessages(rounds), formatSubscribers(rounds)];
  process.stdout.write(`\n${tables.join('\n\n')}\n`);
  await keep({ seed, rounds });
  return rounds.every(({ judgement }) => isClean(judgement));
}

async function contention(stage: ChaosStage, seed: number): Promise<boolean> {
  const result = await runContention(stage, Number(values.batches), seed);
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
  await keep({ seed, contention: result });
  return noDeadlocks(result);
}

async function recoveries(stage: ChaosStage, seed: number): Promise<boolean> {
  stage.asShipped = true;
  const rounds: Recovery[] = [];
  for (let nth = 0; nth < Number(values.rounds); nth++) {
    const round = await playRecovery(stage, nth % 2 === 0 ? 'restart' : 'beside', seed + nth);
    rounds.push(round);
    process.stdout.write(`${JSON.stringify(round)}\n`);
  }
  process.stdout.write(`\n${formatRecoveries(rounds)}\n`);
  await keep({ seed, recoveries: rounds });
  return rounds.every(nothingLost);
}

async function keep(results: object): Promise<void> {
  if (values.json !== undefined) await writeFile(values.json, JSON.stringify(results, null, 2));
}

/** Chooses the fault of each round. The groups take turns, so that a short run has faults of each group. */
function faultsFor(only: string | undefined, named: string): (nth: number) => Fault {
  const groups = only?.split(',') ?? FAULT_GROUPS;
  const unknown = groups.find((group) => !FAULT_GROUPS.includes(group as FaultGroup));
  if (unknown !== undefined) throw new Error(`--only takes ${FAULT_GROUPS.join(', ')}, not ${unknown}`);
  return (nth) => {
    const group = FAULTS.filter(
      ({ group, name }) => group === groups[nth % groups.length] && name.includes(named),
    );
    if (group.length === 0) throw new Error(`no fault of ${groups.join(', ')} is named ${named}`);
    return group[Math.floor(nth / groups.length) % group.length] as Fault;
  };
}

function settings(): ChaosSettings {
  const secrets = new Map(
    gateways.map((gateway) => {
      const random = randomBytes(32);
      return [gateway.name, gateway.makeSecret?.(random) ?? random.toString('base64url')];
    }),
  );
  const named = [...secrets].map(([name, secret]) => [`WEBHOOK_SECRETS_${name.toUpperCase()}`, secret]);
  return {
    secrets,
    environment: { ...bareEnvironment(), ...(Object.fromEntries(named) as Record<string, string>) },
  };
}

main().then(
  (held) => {
    process.exitCode = held ? 0 : 1;
  },
  (error: unknown) => {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = 1;
  },
);
