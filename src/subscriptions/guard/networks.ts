import { BlockList, isIP } from 'node:net';

/** The networks of `SUBSCRIPTION_NETWORKS`: addresses that may be sent to although they are not public, by http as well. */
export interface Networks {
  has(address: string): boolean;
}

/** The sandbox serves the developer's own machine. */
export const SANDBOX_NETWORKS = '127.0.0.0/8,::1/128';

/** What is wrong with the text, as the end of a sentence; null when nothing is. */
export const faultOfNetworks = (text: string): string | null =>
  entriesOf(text).every((entry) => readEntry(entry) !== null)
    ? null
    : 'must be comma-separated networks such as 10.1.0.0/16 or fd12::/48';

/** Reads a text without faults. An entry without a prefix is one address. */
export function readNetworks(text: string): Networks {
  const lists = { 4: new BlockList(), 6: new BlockList() };
  for (const entry of entriesOf(text)) {
    const read = readEntry(entry);
    if (read !== null) lists[read.family].addSubnet(read.address, read.prefix, `ipv${read.family}`);
  }
  return {
    has: (address) => {
      const family = address.includes('%') ? 0 : isIP(address);
      return (family === 4 || family === 6) && lists[family].check(address, `ipv${family}`);
    },
  };
}

const entriesOf = (text: string): string[] =>
  text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry, _at, all) => entry !== '' || all.length > 1);

function readEntry(entry: string): { address: string; prefix: number; family: 4 | 6 } | null {
  const [address = '', prefix, ...rest] = entry.split('/');
  const family = address.includes('%') ? 0 : isIP(address);
  if ((family !== 4 && family !== 6) || rest.length > 0) return null;
  const longest = family === 4 ? 32 : 128;
  if (prefix === undefined) return { address, prefix: longest, family };
  return /^\d{1,3}$/.test(prefix) && Number(prefix) <= longest
    ? { address, prefix: Number(prefix), family }
    : null;
}
