import type { InterpretedMessage } from '../message/interpret-message.js';

/** Lanes are stored as `smallint`, which is signed. */
const LANES = 0x8000;

/** The lane of messages that name no payment, and of stored messages that are not read before they are taken. */
export const NO_LANE = 0;

/**
 * The lane of a message, from 0 to 32,767: a hash of the first payment that it names. Messages about one payment are in
 * one lane, so that workers which share the lanes among them keep the order of arrival within a payment.
 */
export function laneOf(gateway: string, account: string, { content }: InterpretedMessage): number {
  const first = content.kind === 'reports' ? content.reports[0] : undefined;
  return first === undefined ? NO_LANE : hash(`${gateway}\n${account}\n${first.gatewayPaymentId}`) % LANES;
}

/** FNV-1a, 32 bits (http://www.isthe.com/chongo/tech/comp/fnv). The upper half is folded into the lower one. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return (value ^ (value >>> 16)) >>> 0;
}
