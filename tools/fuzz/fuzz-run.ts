import { setTimeout as wait } from 'node:timers/promises';
import { sendRequest } from '../../src/simulator/sender.js';
import { createChoices } from './choices.js';
import { buildFuzzCase, type FuzzCase, type FuzzTarget } from './fuzz-case.js';
import { sendRaw } from './raw-request.js';

export interface FuzzOptions {
  requests: number;
  seed: number;
  /** Number of the first case. The same seed and number give the same case as in an earlier run. */
  from: number;
  concurrency: number;
  baseUrl: string;
  target: FuzzTarget;
  /** Resident memory of the service in MiB. */
  memory: () => Promise<number>;
}

/** A violation: which case, and what came back. */
export interface FuzzFinding {
  nth: number;
  kind: string;
  what: string;
}

export interface FuzzResult {
  seconds: number;
  /** Number of responses by kind of case and status; `-` means that the service closed the connection. */
  answers: ReadonlyMap<string, number>;
  findings: readonly FuzzFinding[];
  /** The slowest response. One expensive request shows here first. */
  slowest: { nth: number; kind: string; ms: number };
  /** Samples of the service's memory in MiB, evenly over the run. */
  memory: readonly number[];
}

const MEMORY_SAMPLES = 200;
const MAX_FINDINGS = 50;
/** Limit for complete requests. Gateways give up by then; only a request that blocks all others takes so long. */
const MAX_RESPONSE_MS = 15_000;

/** Plays the cases with `concurrency` at a time. Continues after a finding, and stops after {@link MAX_FINDINGS}. */
export async function runFuzz(options: FuzzOptions): Promise<FuzzResult> {
  const { requests, seed, from, concurrency, target } = options;
  const answers = new Map<string, number>();
  const findings: FuzzFinding[] = [];
  const memory: number[] = [];
  let slowest = { nth: from, kind: '', ms: 0 };
  const began = Date.now();
  let next = from;
  const play = async (): Promise<void> => {
    while (next < from + requests && findings.length < MAX_FINDINGS) {
      const nth = next++;
      if ((nth - from) % Math.max(1, Math.floor(requests / MEMORY_SAMPLES)) === 0)
        memory.push(await options.memory());
      const one = buildFuzzCase(nth, createChoices(seed, nth), target, new Date());
      const asked = performance.now();
      const status = await requestStatus(one, options.baseUrl).catch((error: unknown) => String(error));
      const key = `${one.kind.padEnd(16)} ${status ?? '-'}`;
      answers.set(key, (answers.get(key) ?? 0) + 1);
      const ms = performance.now() - asked;
      if (one.by === 'client' && ms > slowest.ms) slowest = { nth, kind: one.kind, ms };
      const what = findProblem(one, status, ms);
      if (what !== null) findings.push({ nth, kind: one.kind, what: `${what}${describePlace(one)}` });
    }
  };
  await Promise.all(Array.from({ length: concurrency }, play));
  return { seconds: (Date.now() - began) / 1000, answers, findings, slowest, memory };
}

async function requestStatus(one: FuzzCase, baseUrl: string): Promise<number | null> {
  if (one.by === 'wire') return sendRaw(baseUrl, one.bytes);
  for (let attempt = 1; ; attempt++) {
    try {
      return (await sendRequest(baseUrl, one.request, { method: one.method })).status;
    } catch (error) {
      // The service closed a keep-alive connection while the request was sent. A client may send it again.
      if (attempt === 3 || (error as { code?: string }).code !== 'ECONNRESET') throw error;
      await wait(10);
    }
  }
}

function findProblem({ forged, by }: FuzzCase, status: number | string | null, ms: number): string | null {
  if (by === 'client' && ms > MAX_RESPONSE_MS) return `answered after ${Math.round(ms)} ms`;
  if (typeof status === 'string') return `no answer: ${status}`;
  if (status === null) return by === 'client' ? 'no answer' : null;
  if (status >= 500) return `answered ${status}`;
  return forged && status < 300 ? `took a forgery: ${status}` : null;
}

/** The path of a read request, which holds no secret. Other cases are found by their number. */
const describePlace = (one: FuzzCase): string =>
  one.kind === 'read' && one.by === 'client' ? ` at ${one.request.path.slice(0, 200)}` : '';
