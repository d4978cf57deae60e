import { createHmac, timingSafeEqual } from 'node:crypto';
import { SECRET } from './secret.js';

const WINDOW_SECONDS = 300;

/** Stripe's check as its documentation has it: one secret, one `v1`, the timestamp within five minutes. */
export function isSigned(raw: Buffer, header: string | string[] | undefined): boolean {
  const [, time, claimed] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(String(header)) ?? [];
  if (time === undefined || claimed === undefined) return false;
  if (Math.abs(Date.now() / 1000 - Number(time)) > WINDOW_SECONDS) return false;
  const expected = createHmac('sha256', SECRET).update(`${time}.`).update(raw).digest();
  return timingSafeEqual(expected, Buffer.from(claimed, 'hex'));
}
