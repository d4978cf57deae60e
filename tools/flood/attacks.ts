import { Crowd } from './crowd.js';

/** What an attack is given: the service, and a forged webhook as it goes over the wire, at a path of its choice. */
export interface Target {
  readonly url: URL;
  readonly forged: (path?: string) => Buffer;
}

/** A flood beside forged requests at a steady rate: connections that do something else. */
export type Attack = (target: Target) => Crowd;

const get = (path: string): Buffer => Buffer.from(`GET ${path} HTTP/1.1\r\nhost: service\r\n\r\n`);
const times = (count: number, wire: Buffer): Buffer =>
  Buffer.concat(Array.from({ length: count }, () => wire));

/** Three entries of the right form, none of them right: each is checked with every key of the account. */
const UNSIGNED = Array.from({ length: 3 }, (_, nth) => `v1a,${Buffer.alloc(64, nth).toString('base64')}`);
export const ASYMMETRIC_ACCOUNT = 'asymmetric';

function asymmetric(): Buffer {
  const body = JSON.stringify({ event: 'payment.updated', filler: 'x'.repeat(2_000) });
  const lines = [
    `POST /webhooks/standard/${ASYMMETRIC_ACCOUNT} HTTP/1.1`,
    'host: service',
    'content-type: application/json',
    'webhook-id: msg_1',
    `webhook-timestamp: ${Math.floor(Date.now() / 1000)}`,
    `webhook-signature: ${UNSIGNED.join(' ')}`,
    `content-length: ${Buffer.byteLength(body)}`,
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

/** By the name that `--attack` takes. */
export const ATTACKS: ReadonlyMap<string, Attack> = new Map<string, Attack>([
  [
    'aborted',
    ({ url, forged }) => new Crowd({ url, connections: 8, wire: () => times(60, forged()), answers: 0 }),
  ],
  [
    'pipelined-webhooks',
    ({ url }) =>
      new Crowd({ url, connections: 400, wire: () => times(990, get('/webhooks/x')), answers: 990 }),
  ],
  [
    'pipelined-health',
    ({ url }) =>
      new Crowd({ url, connections: 400, wire: () => times(990, get('/health/ready')), answers: 990 }),
  ],
  [
    'other-doors',
    ({ url, forged }) => {
      const wires = [forged('/WEBHOOKS'), get('/nope'), get('/health/ready'), get('/stats')];
      const wire = (nth: number): Buffer => times(10, wires[nth % wires.length] as Buffer);
      return new Crowd({ url, connections: 16, wire, answers: 10 });
    },
  ],
  ['asymmetric', ({ url }) => new Crowd({ url, connections: 8, wire: asymmetric, answers: 1 })],
  [
    'slow-bodies',
    ({ url, forged }) => {
      const begun = Buffer.from(
        forged()
          .toString('latin1')
          .replace(/content-length: \d+/, 'content-length: 40000'),
      );
      const wire = (): Buffer => Buffer.concat([begun, Buffer.alloc(20_000, ' ')]);
      return new Crowd({ url, connections: 1_000, wire, answers: null });
    },
  ],
]);
