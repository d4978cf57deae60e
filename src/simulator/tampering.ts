import { type GatewaySimulator, type SignedRequest } from './gateway-simulator.js';

/** Requests that are forged, stale, altered or out of order. Pure: randomness comes from a seed. */

type SignOptions = Parameters<GatewaySimulator['sign']>[1];

/** Signs with a wrong secret of the right form. Every gateway must refuse the request. */
export function forge(simulator: GatewaySimulator, body: Buffer, options: SignOptions): SignedRequest {
  return simulator.sign(body, { ...options, secret: changeSecret(options.secret) });
}

/** Signs correctly, but `seconds` in the past. Gateways that sign a time (Stripe, `standard`) refuse 301 s and more. */
export function signInThePast(
  simulator: GatewaySimulator,
  body: Buffer,
  options: SignOptions,
  seconds = 301,
): SignedRequest {
  return simulator.sign(body, { ...options, now: new Date(options.now.getTime() - seconds * 1000) });
}

/** Adds a space to the signed body, which JSON ignores. Ippopay signs no bytes and accepts it. */
export function alterBody(request: SignedRequest): SignedRequest {
  return { ...request, body: Buffer.concat([request.body, Buffer.from(' ')]) };
}

/** The items in an order that depends only on the seed. */
export function shuffle<T>(items: readonly T[], seed: number): T[] {
  const random = createSeededRandom(seed);
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [shuffled[last], shuffled[other]] = [shuffled[other] as T, shuffled[last] as T];
  }
  return shuffled;
}

/** A wrong secret of the same length and form: changes the first character after a prefix such as `whsec_`. */
function changeSecret(secret: string): string {
  const at = /^wh[a-z]+_/.exec(secret)?.[0].length ?? 0;
  return secret.slice(0, at) + (secret[at] === 'A' ? 'B' : 'A') + secret.slice(at + 1);
}

/** A generator of numbers in [0, 1) that repeats for the same seed (mulberry32). */
export function createSeededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
