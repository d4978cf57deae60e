import { ippopaySimulator } from '../webhooks/gateways/ippopay/ippopay.simulator.js';
import { razorpaySimulator } from '../webhooks/gateways/razorpay/razorpay.simulator.js';
import { standardSimulator } from '../webhooks/gateways/standard/standard.simulator.js';
import { stripeSimulator } from '../webhooks/gateways/stripe/stripe.simulator.js';
import { stripeThinSimulator } from '../webhooks/gateways/stripe/stripe-thin.simulator.js';
import { type GatewaySimulator } from './gateway-simulator.js';

/** The simulator of each gateway by the gateway's name. */
export const SIMULATORS: ReadonlyMap<string, GatewaySimulator> = new Map(
  [stripeSimulator, razorpaySimulator, ippopaySimulator, standardSimulator].map((simulator) => [
    simulator.gateway,
    simulator,
  ]),
);

/** Gateways whose endpoints can be set to get hints only, played with such an endpoint. */
export const THIN_SIMULATORS: ReadonlyMap<string, GatewaySimulator> = new Map(
  [stripeThinSimulator].map((simulator) => [simulator.gateway, simulator]),
);
