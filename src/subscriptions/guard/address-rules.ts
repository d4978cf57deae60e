import { BlockList, isIP } from 'node:net';

/** Why nothing is sent to an address. The words are shown to operators. */
export type RefusedAddress =
  | 'not_an_address'
  | 'unspecified'
  | 'private'
  | 'shared'
  | 'loopback'
  | 'link_local'
  | 'metadata'
  | 'reserved'
  | 'documentation'
  | 'benchmark'
  | 'multicast'
  | 'embedded_ipv4'
  | 'not_global';

type Range = readonly [network: string, prefix: number, why: RefusedAddress];

/** The first range that holds the address names the reason. IANA's special-purpose registry of IPv4, and Azure's metadata. */
const IPV4_RANGES: readonly Range[] = [
  ['169.254.169.254', 32, 'metadata'],
  ['169.254.170.2', 32, 'metadata'],
  ['168.63.129.16', 32, 'metadata'],
  ['100.100.100.200', 32, 'metadata'],
  ['192.0.0.192', 32, 'metadata'],
  ['0.0.0.0', 8, 'unspecified'],
  ['10.0.0.0', 8, 'private'],
  ['172.16.0.0', 12, 'private'],
  ['192.168.0.0', 16, 'private'],
  ['100.64.0.0', 10, 'shared'],
  ['127.0.0.0', 8, 'loopback'],
  ['169.254.0.0', 16, 'link_local'],
  ['192.0.0.0', 24, 'reserved'],
  ['192.0.2.0', 24, 'documentation'],
  ['198.51.100.0', 24, 'documentation'],
  ['203.0.113.0', 24, 'documentation'],
  ['192.88.99.0', 24, 'reserved'],
  ['198.18.0.0', 15, 'benchmark'],
  ['224.0.0.0', 4, 'multicast'],
  ['240.0.0.0', 4, 'reserved'],
];

/** Only 2000::/3 is given out for the public network, and these parts of it are not, or hold an IPv4 address. */
const IPV6_RANGES: readonly Range[] = [
  ['::', 128, 'unspecified'],
  ['::1', 128, 'loopback'],
  ['::', 96, 'embedded_ipv4'],
  ['::ffff:0:0', 96, 'embedded_ipv4'],
  ['::ffff:0:0:0', 96, 'embedded_ipv4'],
  ['64:ff9b::', 96, 'embedded_ipv4'],
  ['64:ff9b:1::', 48, 'embedded_ipv4'],
  ['2001::', 32, 'embedded_ipv4'],
  ['2002::', 16, 'embedded_ipv4'],
  ['fd00:ec2::254', 128, 'metadata'],
  ['fd20:ce::254', 128, 'metadata'],
  ['fc00::', 7, 'private'],
  ['fe80::', 10, 'link_local'],
  ['fec0::', 10, 'private'],
  ['ff00::', 8, 'multicast'],
  ['2001:db8::', 32, 'documentation'],
  ['3fff::', 20, 'documentation'],
  ['2001:2::', 48, 'benchmark'],
  ['2001::', 23, 'reserved'],
];
const GLOBAL_IPV6: Range = ['2000::', 3, 'not_global'];

/** Node's `BlockList` compares an IPv4 address inside IPv6 with the ranges of IPv4, so each family has lists of its own. */
const listOf = ([network, prefix]: Range): BlockList => {
  const list = new BlockList();
  list.addSubnet(network, prefix, familyOf(network));
  return list;
};

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 4 ? 'ipv4' : 'ipv6');

const RULES = {
  ipv4: IPV4_RANGES.map((range) => ({ list: listOf(range), why: range[2] })),
  ipv6: IPV6_RANGES.map((range) => ({ list: listOf(range), why: range[2] })),
};
const globalIpv6 = listOf(GLOBAL_IPV6);

/** The interface id of ISATAP (RFC 5214): an IPv4 address behind `0:5efe` or `200:5efe`. */
const ISATAP = /:(?:0|200):5efe:[0-9a-f]{1,4}:[0-9a-f]{1,4}$/;

/** Why the address is not on the public network; null where it is. Any spelling that `net.isIP` takes. Pure. */
export function refusalOfAddress(address: string): RefusedAddress | null {
  if (isIP(address) === 0 || address.includes('%'))
    return address.startsWith('fe80:') ? 'link_local' : 'not_an_address';
  const family = familyOf(address);
  if (family === 'ipv4') return whyIn('ipv4', address);
  const canonical = canonicalIpv6(address);
  const why = whyIn('ipv6', canonical);
  if (why !== null) return why;
  if (ISATAP.test(expanded(canonical))) return 'embedded_ipv4';
  return globalIpv6.check(canonical, 'ipv6') ? null : 'not_global';
}

const whyIn = (family: 'ipv4' | 'ipv6', address: string): RefusedAddress | null =>
  RULES[family].find(({ list }) => list.check(address, family))?.why ?? null;

/** The spelling of RFC 5952: lower case, one `::`, an IPv4 address at the end as two groups. */
export const canonicalIpv6 = (address: string): string =>
  new URL(`http://[${address}]`).hostname.slice(1, -1);

/** All eight groups of a canonical address. */
function expanded(address: string): string {
  const [head = '', tail] = address.split('::');
  if (tail === undefined) return address;
  const left = head === '' ? [] : head.split(':');
  const right = tail === '' ? [] : tail.split(':');
  const zeros = Array.from({ length: 8 - left.length - right.length }, () => '0');
  return [...left, ...zeros, ...right].join(':');
}
