import type { Gateway } from './gateway.js';
import { ippopayGateway } from './ippopay/ippopay.gateway.js';
import { razorpayGateway } from './razorpay/razorpay.gateway.js';
import { standardGateway } from './standard/standard.gateway.js';
import { stripeGateway } from './stripe/stripe.gateway.js';

export * from './gateway.js';

/** Every gateway there is: one line each. */
export const gateways: readonly Gateway[] = [stripeGateway, razorpayGateway, ippopayGateway, standardGateway];

/** Injects gateways beside {@link gateways}, where something provides them. */
export const EXTRA_GATEWAYS = Symbol('EXTRA_GATEWAYS');

/** Injection token of the gateways in force. */
export const GATEWAYS = Symbol('GATEWAYS');
