import { type GatewaySimulator, type StoryEvent } from './gateway-simulator.js';
import { type IppopayFakeApi } from './ippopay-fake-api.js';
import { type ServiceResponse, sendRequest } from './sender.js';
import { type StorySubject } from './stories.js';

/** Who plays the gateway, and for whom. */
export interface Player {
  simulator: GatewaySimulator;
  baseUrl: string;
  secret: string;
  account?: string;
  /** Ippopay's API, where it is played here too: it is told each step before the hint goes out. */
  ippopayApi?: IppopayFakeApi | null;
  /** How wrong the gateway's clock is. */
  skewMs?: number;
}

/** Signs one step as of now and sends it. Rejects where no answer comes, in 30 s unless told otherwise. */
export async function playEvent(
  player: Player,
  told: StoryEvent,
  timeoutMs?: number,
): Promise<ServiceResponse> {
  const { simulator, baseUrl, secret, account, skewMs = 0 } = player;
  player.ippopayApi?.applyEvent(told);
  const options = { secret, now: new Date(Date.now() + skewMs), eventId: told.eventId, account };
  return sendRequest(baseUrl, simulator.sign(simulator.body(told), options), { timeoutMs });
}

const PREFIXES: Readonly<Record<string, string>> = { stripe: 'pi', ippopay: 'trans' };
const INDIAN = ['razorpay', 'ippopay'];

/** A payment that looks like one of the gateway's; the suffix must be its own. */
export function createStorySubject(gateway: string, suffix: string, start: Date): StorySubject {
  return {
    paymentId: `${PREFIXES[gateway] ?? 'pay'}_${suffix}`,
    orderId: `ord_${suffix}`,
    start,
    suffix,
    currency: INDIAN.includes(gateway) ? 'INR' : 'USD',
  };
}
