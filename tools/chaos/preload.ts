import { DEFAULT_RETRY_POLICY } from '../../src/platform/jobs/retry-policy.js';
import { DEFAULT_LEASES } from '../../src/platform/jobs/leases.js';

/*
 * Loaded before the service in the service's process (`--import preload.js?…`) and configured by its URL, so that the
 * service needs no code for it. It shortens leases and retries from minutes to seconds, unless `shipped` is given. It can also set the clock wrong:
 * by `skew` seconds from the start, by `later` seconds from `after` milliseconds on.
 */

const parameters = new URL(import.meta.url).searchParams;

if (!parameters.has('shipped')) {
  Object.assign(DEFAULT_LEASES, { workMs: 1_000, sendMs: 4_000 });
  Object.assign(DEFAULT_RETRY_POLICY, { baseMs: 200, capMs: 1_000, maxAttempts: 60 });
}
const number = (name: string): number => Number(parameters.get(name) ?? 0);
const skewMs = number('skew') * 1000;
const laterMs = number('later') * 1000;
const switchAt = parameters.has('after') ? performance.now() + number('after') : Infinity;

const RealDate = Date;
const now = (): number => RealDate.now() + (performance.now() < switchAt ? skewMs : laterMs);

if (skewMs !== 0 || switchAt !== Infinity) {
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, args: [], newTarget): object =>
      args.length === 0 ? new target(now()) : (Reflect.construct(target, args, newTarget) as object),
    get: (target, name): unknown => (name === 'now' ? now : Reflect.get(target, name)),
  });
}
