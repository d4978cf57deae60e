import { type FakeGatewayApi, type GatewaySimulator, type StoryEvent } from './gateway-simulator.js';
import { type ServiceResponse, sendRequest } from './sender.js';
import { SIMULATORS } from './simulators.js';
import { type StorySubject } from './stories.js';

/** How a gateway is played: by which simulator, to which service, with which secret. */
export interface Player {
  simulator: GatewaySimulator;
  baseUrl: string;
  secret: string;
  account?: string;
  /** The gateway's API, if it is played as well. It learns each event before the hint is sent. */
  api?: FakeGatewayApi | null;
  /** Error of the gateway's clock in milliseconds. */
  skewMs?: number;
}

/** Signs one event with the current time and sends it. Rejects without a response within `timeoutMs` (default 30 s). */
export async function playEvent(
  player: Player,
  event: StoryEvent,
  timeoutMs?: number,
): Promise<ServiceResponse> {
  const { simulator, baseUrl, secret, account, skewMs = 0 } = player;
  player.api?.applyEvent(event);
  const options = { secret, now: new Date(Date.now() + skewMs), eventId: event.eventId, account };
  return sendRequest(baseUrl, simulator.sign(simulator.body(event), options), { timeoutMs });
}

/**
 * A payment with ids and a currency as the gateway would use them. The suffix must be unique. A gateway that ships is given
 * by its name or its simulator, any other by its simulator.
 */
export function createStorySubject(
  gateway: string | Pick<GatewaySimulator, 'payments'>,
  suffix: string,
  start: Date,
): StorySubject {
  const simulator = typeof gateway === 'string' ? SIMULATORS.get(gateway) : gateway;
  const { idPrefix = 'pay', currency = 'USD' } = simulator?.payments ?? {};
  return { paymentId: `${idPrefix}_${suffix}`, orderId: `ord_${suffix}`, start, suffix, currency };
}
