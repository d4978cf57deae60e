import { isIPv6 } from 'node:net';

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/**
 * The group by which refusals are counted: an IPv4 address, or the /64 network of an IPv6 address, which is the smallest
 * network that a provider gives to a customer (RFC 6177). A text that is no address is its own group.
 */
export function addressGroup(address: string): string {
  const mapped = MAPPED.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(':') || !isIPv6(address)) return address;
  const [head = '', tail] = (address.split('%', 1)[0] ?? '').split('::');
  const before = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  // An IPv4 address at the end replaces two groups of 16 bits.
  const written = before.length + after.length + (address.includes('.') ? 1 : 0);
  const zeros = Array<string>(tail === undefined ? 0 : 8 - written).fill('0');
  const groups = [...before, ...zeros, ...after].slice(0, 4);
  return `${groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}
