import { setTimeout as sleep } from 'node:timers/promises';
import type { StoryEvent } from '../../src/simulator/gateway-simulator.js';
import { playEvent, type Player } from '../../src/simulator/player.js';

/** A 2xx response. A gateway never sends the event again after it. */
export interface Acknowledged {
  gateway: string;
  paymentId: string;
  eventId: string;
  deliveryId: string;
}

export interface SendingCounts {
  /** Number of requests, including those without a response. */
  attempts: number;
  /** Number of responses other than 2xx by status. */
  refusals: Record<number, number>;
}

const RESPONSE_TIMEOUT_MS = 2_000;
const GIVE_UP_AFTER_MS = 60_000;

/**
 * Sends as gateways do: repeats the same event with the same id until it is acknowledged. A timeout and a broken connection
 * count as a failure. Throws after 60 s.
 */
export async function sendUntilAcknowledged(
  player: Player,
  event: StoryEvent,
  counts: SendingCounts,
): Promise<Acknowledged> {
  const end = performance.now() + GIVE_UP_AFTER_MS;
  let last = 'nothing';
  while (performance.now() < end) {
    counts.attempts++;
    const answer = await playEvent(player, event, RESPONSE_TIMEOUT_MS).catch((error: unknown) =>
      String(error),
    );
    last = typeof answer === 'string' ? answer : `${answer.status} ${answer.body}`;
    if (typeof answer !== 'string' && answer.status >= 200 && answer.status < 300) {
      const { id } = JSON.parse(answer.body) as { id: string };
      const { gateway } = player.simulator;
      return { gateway, paymentId: event.paymentId, eventId: event.eventId, deliveryId: id };
    }
    if (typeof answer !== 'string')
      counts.refusals[answer.status] = (counts.refusals[answer.status] ?? 0) + 1;
    await sleep(60);
  }
  throw new Error(
    `${event.eventId} was not acknowledged within ${GIVE_UP_AFTER_MS / 1000} s; the last answer was: ${last}`,
  );
}
