import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { HttpSender } from '../sending/http-sender.js';
import { AddressGuard, TargetRefusedError } from './address-guard.js';
import { refusalOfAddress } from './address-rules.js';
import { faultOfNetworks } from './networks.js';

const PUBLIC = '93.184.215.14';
const PUBLIC_6 = '2606:2800:21f:cb07:6820:80da:af6b:8b2c';

/** What the names resolve to. The last one has another address at each look-up. */
const NAMES: Record<string, readonly (readonly string[])[]> = {
  'public.example': [[PUBLIC]],
  'both.example': [[PUBLIC, PUBLIC_6]],
  'xn--mnchen-3ya.example': [[PUBLIC]],
  'private.example': [['10.0.0.7']],
  'half-private.example': [[PUBLIC, '192.168.1.1']],
  'private-in-6.example': [[PUBLIC, 'fd00::1']],
  'mapped.example': [['::ffff:10.0.0.7']],
  'metadata.example': [['169.254.169.254']],
  'localhost.example': [['127.0.0.1']],
  'rebinding.example': [[PUBLIC], ['127.0.0.1']],
};

const guardOf = (networks = ''): AddressGuard => {
  const asked = new Map<string, number>();
  const resolve = (name: string): Promise<readonly string[]> => {
    const host = name.replace(/\.$/, '');
    if (host === 'localhost' || host.endsWith('.localhost')) return Promise.resolve(['127.0.0.1', '::1']);
    const answers = NAMES[host];
    const nth = asked.get(host) ?? 0;
    asked.set(host, nth + 1);
    const answer = answers?.[Math.min(nth, answers.length - 1)];
    return answer ? Promise.resolve(answer) : Promise.reject(new Error('ENOTFOUND'));
  };
  return new AddressGuard({ SUBSCRIPTION_NETWORKS: networks }, { resolve } as never);
};

async function judge(guard: AddressGuard, url: string): Promise<string> {
  if (!URL.canParse(url)) return 'no URL';
  try {
    await guard.addressesOf(new URL(url));
    return 'allowed';
  } catch (error) {
    if (error instanceof TargetRefusedError) return error.reason;
    throw error;
  }
}

/** Spellings of hosts, and what becomes of each. `PORT` is that of a listener on this machine. */
const SPELLINGS: readonly (readonly [url: string, judged: string])[] = [
  ['https://public.example/hook', 'allowed'],
  ['https://both.example/hook', 'allowed'],
  ['https://PUBLIC.example./hook', 'allowed'],
  ['https://münchen.example/hook', 'allowed'],
  [`https://${PUBLIC}/hook`, 'allowed'],
  [`https://[${PUBLIC_6}]/hook`, 'allowed'],
  ['http://public.example/hook', 'not_https'],
  [`http://${PUBLIC}/hook`, 'not_https'],
  ['ftp://public.example/hook', 'not_https'],
  ['file:///etc/passwd', 'not_https'],
  ['https://nowhere.example/hook', 'unresolvable'],
  ['https://127.0.0.1:PORT/', 'loopback'],
  ['https://127.1:PORT/', 'loopback'],
  ['https://127.0.0.1.:PORT/', 'loopback'],
  ['https://2130706433:PORT/', 'loopback'],
  ['https://0x7f000001:PORT/', 'loopback'],
  ['https://0x7f.0.0.1:PORT/', 'loopback'],
  ['https://0177.0.0.1:PORT/', 'loopback'],
  ['https://017700000001:PORT/', 'loopback'],
  ['https://①②⑦.⓪.⓪.①:PORT/', 'loopback'],
  ['https://%31%32%37.0.0.1:PORT/', 'loopback'],
  ['https://user:secret@127.0.0.1:PORT/', 'loopback'],
  ['https://public.example@127.0.0.1:PORT/', 'loopback'],
  ['https://localhost:PORT/', 'loopback'],
  ['https://LOCALHOST.:PORT/', 'loopback'],
  ['https://api.localhost:PORT/', 'loopback'],
  ['https://localhost.example:PORT/', 'loopback'],
  ['https://0:PORT/', 'unspecified'],
  ['https://0.0.0.0:PORT/', 'unspecified'],
  ['https://[::]:PORT/', 'unspecified'],
  ['https://[::1]:PORT/', 'loopback'],
  ['https://[0:0:0:0:0:0:0:1]:PORT/', 'loopback'],
  ['https://[::127.0.0.1]:PORT/', 'embedded_ipv4'],
  ['https://[::ffff:127.0.0.1]:PORT/', 'embedded_ipv4'],
  ['https://[::ffff:7f00:1]:PORT/', 'embedded_ipv4'],
  [`https://[::ffff:${PUBLIC}]/`, 'embedded_ipv4'],
  ['https://[::ffff:0:127.0.0.1]:PORT/', 'embedded_ipv4'],
  ['https://[64:ff9b::7f00:1]:PORT/', 'embedded_ipv4'],
  ['https://[64:ff9b:1::a00:1]/', 'embedded_ipv4'],
  ['https://[2002:7f00:1::]/', 'embedded_ipv4'],
  ['https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/', 'embedded_ipv4'],
  ['https://[2606:2800::5efe:7f00:1]/', 'embedded_ipv4'],
  ['https://[fe80::1]/', 'link_local'],
  ['https://[fe80::1%25eth0]/', 'no URL'],
  ['https://[fc00::1]/', 'private'],
  ['https://[fd00:ec2::254]/', 'metadata'],
  ['https://[fec0::1]/', 'private'],
  ['https://[ff02::1]/', 'multicast'],
  ['https://[2001:db8::1]/', 'documentation'],
  ['https://[2001:2::1]/', 'benchmark'],
  ['https://[100::1]/', 'not_global'],
  ['https://[5f00::1]/', 'not_global'],
  ['https://10.0.0.1/', 'private'],
  ['https://172.31.255.255/', 'private'],
  ['https://172.32.0.1/', 'allowed'],
  ['https://192.168.0.1/', 'private'],
  ['https://100.64.0.1/', 'shared'],
  ['https://100.128.0.1/', 'allowed'],
  ['https://169.254.169.254/latest/meta-data', 'metadata'],
  ['https://2852039166/latest/meta-data', 'metadata'],
  ['https://168.63.129.16/', 'metadata'],
  ['https://100.100.100.200/', 'metadata'],
  ['https://169.254.1.1/', 'link_local'],
  ['https://192.0.0.1/', 'reserved'],
  ['https://192.0.2.1/', 'documentation'],
  ['https://198.18.0.1/', 'benchmark'],
  ['https://198.19.255.255/', 'benchmark'],
  ['https://203.0.113.5/', 'documentation'],
  ['https://224.0.0.1/', 'multicast'],
  ['https://240.0.0.1/', 'reserved'],
  ['https://255.255.255.255/', 'reserved'],
  ['https://private.example/', 'private'],
  ['https://half-private.example/', 'private'],
  ['https://private-in-6.example/', 'private'],
  ['https://mapped.example/', 'embedded_ipv4'],
  ['https://metadata.example/', 'metadata'],
];

describe('where may be sent to', () => {
  it.each(SPELLINGS)('%s: %s', async (url, judged) => {
    expect(await judge(guardOf(), url.replace('PORT', '8443'))).toBe(judged);
  });

  it('judges an address with a zone, as a resolver may answer it', () => {
    expect(refusalOfAddress('fe80::1%eth0')).toBe('link_local');
    expect(refusalOfAddress('2606:2800::1%eth0')).toBe('not_an_address');
  });

  it.each([
    ['http://127.0.0.1:8080/', 'allowed'],
    ['https://127.0.0.1:8443/', 'allowed'],
    ['http://10.1.2.3/', 'allowed'],
    ['http://10.2.0.1/', 'private'],
    ['http://[fd12::5]/', 'allowed'],
    ['https://[::ffff:127.0.0.1]/', 'embedded_ipv4'],
    ['https://half-private.example/', 'private'],
    ['http://public.example/', 'not_https'],
  ])('with networks of the operator, %s: %s', async (url, judged) => {
    expect(await judge(guardOf('127.0.0.0/8, 10.1.0.0/16,fd12::/48'), url)).toBe(judged);
  });

  it.each([
    '10.0.0.0/33',
    '10.0.0/8',
    'localhost',
    '10.0.0.0/8/8',
    'fd00::/129',
    '1.2.3.4,,5.6.7.8',
    '10.0.0.0/',
  ])('refuses %j as a network', (text) => {
    expect(faultOfNetworks(text)).toMatch(/must be comma-separated networks/);
  });
});

describe('what is connected to', () => {
  let listener: Server;
  let port: number;
  let connections = 0;
  beforeAll(async () => {
    listener = createServer((_request, response) => response.end('{}')).on('connection', () => connections++);
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    port = (listener.address() as AddressInfo).port;
  });
  afterAll(() => new Promise((resolve) => listener.close(resolve)));

  it('is nothing on this machine, however its address is spelt', async () => {
    const sender = new HttpSender(guardOf());
    const toListener = SPELLINGS.filter(([url]) => url.includes('PORT'));
    expect(toListener.length).toBeGreaterThan(20);
    for (const scheme of ['http:', 'https:'])
      for (const [url, judged] of toListener) {
        const target = new URL(url.replace('PORT', String(port)).replace('https:', scheme));
        expect(await sender.post(target, { headers: {}, body: '{}' })).toEqual({
          kind: 'failed',
          reason: judged,
        });
      }
    expect(connections).toBe(0);
    sender.abort();
  });

  it('is not what a name resolves to after it was registered', async () => {
    const guard = guardOf();
    expect(await judge(guard, 'https://rebinding.example/')).toBe('allowed');
    const sender = new HttpSender(guard);
    const again = await sender.post(new URL(`https://rebinding.example:${port}/`), {
      headers: {},
      body: '{}',
    });
    expect(again).toEqual({ kind: 'failed', reason: 'loopback' });
    expect(connections).toBe(0);
    sender.abort();
  });

  it('is the same listener once the operator names its network', async () => {
    const sender = new HttpSender(guardOf('127.0.0.0/8'));
    const answer = await sender.post(new URL(`http://localhost.example:${port}/`), {
      headers: {},
      body: '{}',
    });
    expect(answer).toMatchObject({ kind: 'answered', status: 200, answer: '{}' });
    expect(connections).toBe(1);
    sender.abort();
  });
});
