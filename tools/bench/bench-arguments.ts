import { parseArgs } from 'node:util';

export interface BenchArguments {
  quick: boolean;
  profile: boolean;
  help: boolean;
  /** Write the report also after a run that does not deserve to be published. */
  write: boolean;
  /** Names of measures; null for all. */
  only: readonly string[] | null;
  json: string | null;
  rounds: number | null;
  /** `dist/main.js` of another build than this one. */
  service: string | null;
  autocannon: boolean;
}

export class UsageError extends Error {}

/** @throws UsageError with what is wrong. */
export function benchArguments(args: readonly string[], measures: readonly string[]): BenchArguments {
  const { values } = parse(args);
  const only = values.only?.split(',').map((name) => name.trim()) ?? null;
  const unknown = (only ?? []).filter((name) => !measures.includes(name));
  if (unknown.length > 0) {
    throw new UsageError(`there is no measure ${unknown.join(', ')}; there are ${measures.join(', ')}`);
  }
  const rounds = values.rounds === undefined ? null : Number(values.rounds);
  if (rounds !== null && !(Number.isInteger(rounds) && rounds > 0)) {
    throw new UsageError('--rounds takes a number');
  }
  return {
    quick: values.quick ?? false,
    profile: values.profile ?? false,
    help: values.help ?? false,
    autocannon: values.autocannon ?? false,
    write: values.write ?? false,
    only,
    json: values.json ?? null,
    rounds,
    service: values.service ?? null,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        quick: { type: 'boolean' },
        profile: { type: 'boolean' },
        help: { type: 'boolean' },
        autocannon: { type: 'boolean' },
        write: { type: 'boolean' },
        only: { type: 'string' },
        json: { type: 'string' },
        rounds: { type: 'string' },
        service: { type: 'string' },
      },
    });
  } catch (cause) {
    throw new UsageError((cause as Error).message, { cause });
  }
}
