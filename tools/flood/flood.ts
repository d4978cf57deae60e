import { setTimeout as sleep } from 'node:timers/promises';
import type { GatewaySimulator, SignedRequest, StoryEvent } from '../../src/simulator/gateway-simulator.js';
import { forge } from '../../src/simulator/tampering.js';
import type { Attack } from './attacks.js';
import { createStorySubject } from '../../src/simulator/player.js';
import { sendRequest } from '../../src/simulator/sender.js';
import { buildStory } from '../../src/simulator/stories.js';
import { PipelinedConnection, toWireBytes } from './pipelined-connection.js';

export interface FloodPlan {
  url: string;
  simulator: GatewaySimulator;
  secret: string;
  /** Forged requests per second. */
  forged: number;
  /** Genuine requests per second. */
  genuine: number;
  seconds: number;
  /** Left out: forged requests are sent at a steady rate. */
  attack?: Attack;
}

export interface FloodReport {
  seconds: number;
  /** Requests of the flood, as far as they were counted, and their responses by status. */
  forgedSent: number;
  forgedResponses: ReadonlyMap<number, number>;
  genuineSent: number;
  /** Responses to genuine events by status; 0 means no response. */
  genuineResponses: ReadonlyMap<number, number>;
  /** Response times of genuine events in milliseconds. */
  genuineP50Ms: number;
  genuineP99Ms: number;
}

const CONNECTIONS = 16;
const TICK_MS = 10;
/** At most so many requests wait for a response. Beyond that the flood slows down, and the reported rate is lower. */
const MAX_WAITING = 1_500;

/**
 * Runs the flood, and sends genuine events of the same gateway from the same address meanwhile. Resolves when the time is
 * over and every genuine event has its response.
 */
export async function runFlood(plan: FloodPlan): Promise<FloodReport> {
  return plan.attack ? runAttack(plan, plan.attack) : runForgedFlood(plan);
}

async function runAttack(plan: FloodPlan, attack: Attack): Promise<FloodReport> {
  const { simulator, secret } = plan;
  const url = new URL(plan.url);
  const { body, options } = createEvent(simulator, secret, 'forged');
  const request = forge(simulator, body, options);
  const crowd = attack({
    url,
    forged: (path = '/webhooks') =>
      toWireBytes({ ...request, path: request.path.replace('/webhooks', path) }, url.host),
  });
  const began = performance.now();
  const genuine = await sendGenuine(plan, began, began + plan.seconds * 1000);
  crowd.close();
  return { ...summarizeGenuine(plan, genuine), forgedSent: crowd.sent, forgedResponses: crowd.responses };
}

async function runForgedFlood(plan: FloodPlan): Promise<FloodReport> {
  const lines = Array.from({ length: CONNECTIONS }, () => new PipelinedConnection(new URL(plan.url)));
  await Promise.all(lines.map((line) => line.open()));
  const began = performance.now();
  const until = began + plan.seconds * 1000;
  const [forgedSent, genuine] = await Promise.all([
    sendForged(plan, lines, began, until),
    sendGenuine(plan, began, until),
  ]);
  for (let tries = 0; tries < 1500 && countWaiting(lines) > 0; tries++) await sleep(TICK_MS);
  for (const line of lines) line.close();
  return {
    ...summarizeGenuine(plan, genuine),
    forgedSent,
    forgedResponses: sumByStatus(lines.flatMap((line) => [...line.responses])),
  };
}

function summarizeGenuine(
  { seconds }: FloodPlan,
  genuine: readonly { status: number; ms: number }[],
): Omit<FloodReport, 'forgedSent' | 'forgedResponses'> {
  const waits = genuine.map(({ ms }) => ms).sort((a, b) => a - b);
  return {
    seconds,
    genuineSent: genuine.length,
    genuineResponses: sumByStatus(genuine.map(({ status }) => [status, 1])),
    genuineP50Ms: waits[Math.floor(waits.length * 0.5)] ?? 0,
    genuineP99Ms: waits[Math.floor(waits.length * 0.99)] ?? 0,
  };
}

async function sendForged(
  { url, simulator, secret, forged }: FloodPlan,
  lines: readonly PipelinedConnection[],
  began: number,
  until: number,
): Promise<number> {
  const { host } = new URL(url);
  const wires = Array.from({ length: 64 }, (_, nth) => {
    const { body, options } = createEvent(simulator, secret, `forged${nth}`);
    return toWireBytes(forge(simulator, body, options), host);
  });
  let sent = 0;
  let scheduled = 0;
  for (; performance.now() < until; await sleep(TICK_MS)) {
    const room = MAX_WAITING - countWaiting(lines);
    const newlyDue = Math.floor(((performance.now() - began) / 1000) * forged) - scheduled;
    scheduled += newlyDue;
    for (let nth = 0; nth < Math.min(newlyDue, room); nth++) {
      if (lines[sent % CONNECTIONS]?.send(wires[sent % wires.length] as Buffer)) sent++;
      else await lines[sent % CONNECTIONS]?.open();
    }
  }
  return sent;
}

async function sendGenuine(
  { url, simulator, secret, genuine }: FloodPlan,
  began: number,
  until: number,
): Promise<{ status: number; ms: number }[]> {
  const answers: Promise<{ status: number; ms: number }>[] = [];
  const run = began.toString(36).replace('.', '');
  for (let nth = 0; performance.now() < until; nth++) {
    const { body, options } = createEvent(simulator, secret, `genuine${process.pid}${run}${nth}`);
    answers.push(sendTimed(url, simulator.sign(body, options)));
    await sleep(Math.max(0, began + ((nth + 1) * 1000) / genuine - performance.now()));
  }
  return Promise.all(answers);
}

async function sendTimed(url: string, request: SignedRequest): Promise<{ status: number; ms: number }> {
  const began = performance.now();
  const status = await sendRequest(url, request).then(
    (answer) => answer.status,
    () => 0,
  );
  return { status, ms: performance.now() - began };
}

function createEvent(simulator: GatewaySimulator, secret: string, suffix: string) {
  const subject = createStorySubject(simulator.gateway, suffix, new Date(Date.now() - 60_000));
  const event = buildStory(simulator, 'success', subject).at(-1) as StoryEvent;
  return { body: simulator.body(event), options: { secret, now: new Date(), eventId: event.eventId } };
}

const countWaiting = (lines: readonly PipelinedConnection[]): number =>
  lines.reduce((all, line) => all + line.waiting, 0);

function sumByStatus(counts: Iterable<readonly [number, number]>): Map<number, number> {
  const all = new Map<number, number>();
  for (const [status, count] of counts) all.set(status, (all.get(status) ?? 0) + count);
  return all;
}
