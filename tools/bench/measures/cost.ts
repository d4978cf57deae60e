import type { DatabaseServer, OneDatabase } from '../bench-database.js';
import type { Finding } from '../findings.js';
import type { ChildProgram } from '../programs/child-program.js';
import { coreSeconds } from '../programs/usage.js';

/** What the machine, the service and the database have spent up to a moment. */
export interface Meters {
  at: number;
  serviceSeconds: number;
  databaseSeconds: number;
  idleSeconds: number;
  allSeconds: number;
  walBytes: number;
}

/** What some webhooks cost, each. */
export interface Cost {
  serviceMicros: number;
  databaseMicros: number;
  walBytes: number;
  /** Of all cores of the machine, whoever used them. */
  idleShare: number;
}

export async function readMeters(
  server: DatabaseServer,
  database: OneDatabase,
  program: Pick<ChildProgram, 'cpuSeconds'>,
): Promise<Meters> {
  const [row] = await database.query<{ at: string }>(
    `SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn AS at`,
  );
  const { idle, all } = coreSeconds();
  return {
    at: performance.timeOrigin + performance.now(),
    serviceSeconds: program.cpuSeconds(),
    databaseSeconds: server.cpuSeconds(),
    idleSeconds: idle,
    allSeconds: all,
    walBytes: Number(row?.at),
  };
}

export function costBetween(before: Meters, after: Meters, webhooks: number): Cost {
  const spent = (of: keyof Meters): number => after[of] - before[of];
  return {
    serviceMicros: (spent('serviceSeconds') / webhooks) * 1e6,
    databaseMicros: (spent('databaseSeconds') / webhooks) * 1e6,
    walBytes: spent('walBytes') / webhooks,
    idleShare: spent('idleSeconds') / spent('allSeconds'),
  };
}

/** CPU of all processes for a webhook, in microseconds. */
export const cpuOf = ({ serviceMicros, databaseMicros }: Cost): number => serviceMicros + databaseMicros;

/** What a failed payment costs beyond an ordinary one, from a load in which all fail and one in which none does. */
export const cpuOfAFailure = (allFail: Cost, noneFails: Cost): number => cpuOf(allFail) - cpuOf(noneFails);

/** The rows that tell what it cost. */
export const costFindings = (part: string, load: string, costs: readonly Cost[]): Finding[] => [
  {
    question: 4,
    part,
    what: `${load}: CPU of all processes for a webhook, without the senders'`,
    unit: ' µs',
    figures: costs.map(cpuOf),
  },
  {
    question: 4,
    part,
    what: `${load}: WAL for a webhook`,
    unit: ' bytes',
    figures: costs.map((it) => it.walBytes),
  },
  {
    question: 4,
    part,
    what: `${load}: the cores idle`,
    unit: ' %',
    figures: costs.map((it) => it.idleShare * 100),
  },
];
