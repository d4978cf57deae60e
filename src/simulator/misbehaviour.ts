import { type GatewaySimulator, type SignedRequest } from './gateway-simulator.js';

/** What goes wrong on the way, and what is done on purpose. Pure: what is random comes from a seed. */

type SignOptions = Parameters<GatewaySimulator['sign']>[1];

/** Signed by someone who knows the form of the secret but not the secret. Every gateway must refuse it. */
export function forge(simulator: GatewaySimulator, body: Buffer, options: SignOptions): SignedRequest {
  return simulator.sign(body, { ...options, secret: changeSecret(options.secret) });
}

/** Signed rightly, but `seconds` ago: refused (301 and more) where the gateway signs the time: Stripe, `standard`. */
export function signInThePast(
  simulator: GatewaySimulator,
  body: Buffer,
  options: SignOptions,
  seconds = 301,
): SignedRequest {
  return simulator.sign(body, { ...options, now: new Date(options.now.getTime() - seconds * 1000) });
}

/** One byte more than was signed, that no JSON reader would notice. Ippopay, which signs nothing, cannot either. */
export function alterBody(request: SignedRequest): SignedRequest {
  return { ...request, body: Buffer.concat([request.body, Buffer.from(' ')]) };
}

/** The same items in an order that the seed decides. */
export function shuffle<T>(items: readonly T[], seed: number): T[] {
  const random = createSeededRandom(seed);
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [shuffled[last], shuffled[other]] = [shuffled[other] as T, shuffled[last] as T];
  }
  return shuffled;
}

/** As long and of the same form: the first character after a prefix such as `whsec_` is another. */
function changeSecret(secret: string): string {
  const at = /^wh[a-z]+_/.exec(secret)?.[0].length ?? 0;
  return secret.slice(0, at) + (secret[at] === 'A' ? 'B' : 'A') + secret.slice(at + 1);
}

/** Numbers of 0 to 1 without 1, the same for the same seed (mulberry32). */
export function createSeededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
