import type { EntityManager } from 'typeorm';
import { tryAdvisoryLocks } from '../../platform/database/advisory-locks.js';
import { KIND_TRAITS, NOTIFICATION_KINDS, type NotificationKind } from '../kinds/message-kinds.js';

/** Whether one address gets at most `ALERTS_PER_ADDRESS_PER_HOUR` messages of this kind and its like within an hour. */
export const isLimited = (kind: NotificationKind): boolean => KIND_TRAITS[kind].asksForPayment;

export const LIMITED_KINDS = NOTIFICATION_KINDS.filter(isLimited);

/** Messages of these kinds to one address, over all orders, accounts and gateways. */
export interface AddressUse {
  /** Sent within the last hour. */
  readonly sent: number;
  /** Being sent at the moment. */
  readonly underWay: number;
}

export const UNUSED: AddressUse = { sent: 0, underWay: 0 };

/**
 * How telephone numbers are written, as a regular expression of JavaScript and of PostgreSQL alike: it has neither classes
 * of letters nor escapes.
 */
export const PHONE_PATTERN = '^[+(]{0,2}[0-9][0-9() ./-]*$';
const PHONE = new RegExp(PHONE_PATTERN);

/**
 * The form in which addresses are compared: of a telephone number its digits, so that punctuation and a `+` make no second
 * number. Mail providers do not tell upper case from lower case. What follows a `+`
 * is part of the address: whether the provider ignores it is not known. Only A to Z are changed: JavaScript and PostgreSQL
 * lower other letters differently, and address-sends.store.ts must find what this function returns.
 */
export const canonicalAddress = (address: string): string =>
  PHONE.test(address)
    ? address.replace(/[^0-9]/g, '')
    : address.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/**
 * Locks those of the addresses of a channel that no other transaction has locked, and waits for none. Returns whether the
 * lock of an address was taken. Two processes that decide on alerts to one address count each other's alerts by this lock.
 */
export async function tryLockAddresses(
  manager: EntityManager,
  channel: string,
  addresses: readonly string[],
): Promise<(address: string) => boolean> {
  const nameOf = (address: string): string => JSON.stringify([channel, address]);
  const held = await tryAdvisoryLocks(manager, 'address', addresses.map(nameOf));
  return (address) => !held.has(nameOf(address));
}
