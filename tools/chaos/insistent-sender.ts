import { setTimeout as sleep } from 'node:timers/promises';
import type { StoryEvent } from '../../src/simulator/gateway-simulator.js';
import { playEvent, type Player } from '../../src/simulator/player.js';

/** An answer with 2xx: from now on the gateway will never send this again. */
export interface Acknowledged {
  gateway: string;
  paymentId: string;
  eventId: string;
  deliveryId: string;
}

export interface SendingCounts {
  /** Times it was sent, those without an answer included. */
  attempts: number;
  /** Answers that were no 2xx, by status. */
  refusals: Record<number, number>;
}

const RESPONSE_TIMEOUT_MS = 2_000;
const GIVE_UP_AFTER_MS = 60_000;

/**
 * Sends as gateways do: the same event with the same id, again and again, until it is acknowledged; silence and a broken
 * connection count as no. Throws after a minute.
 */
export async function sendUntilAcknowledged(
  player: Player,
  told: StoryEvent,
  insistence: SendingCounts,
): Promise<Acknowledged> {
  const end = performance.now() + GIVE_UP_AFTER_MS;
  let last = 'nothing';
  while (performance.now() < end) {
    insistence.attempts++;
    const answer = await playEvent(player, told, RESPONSE_TIMEOUT_MS).catch((error: unknown) =>
      String(error),
    );
    last = typeof answer === 'string' ? answer : `${answer.status} ${answer.body}`;
    if (typeof answer !== 'string' && answer.status >= 200 && answer.status < 300) {
      const { id } = JSON.parse(answer.body) as { id: string };
      const { gateway } = player.simulator;
      return { gateway, paymentId: told.paymentId, eventId: told.eventId, deliveryId: id };
    }
    if (typeof answer !== 'string')
      insistence.refusals[answer.status] = (insistence.refusals[answer.status] ?? 0) + 1;
    await sleep(60);
  }
  throw new Error(
    `${told.eventId} was not acknowledged within ${GIVE_UP_AFTER_MS / 1000} s; the last answer was: ${last}`,
  );
}
