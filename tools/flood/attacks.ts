import { ReconnectingClients } from './reconnecting-clients.js';

/** The target of an attack: the service, and the bytes of a forged webhook for a path. */
export interface Target {
  readonly url: URL;
  readonly forged: (path?: string) => Buffer;
}

/** An attack by many connections, in place of forged requests at a steady rate. */
export type Attack = (target: Target) => ReconnectingClients;

const buildGetRequest = (path: string): Buffer =>
  Buffer.from(`GET ${path} HTTP/1.1\r\nhost: service\r\n\r\n`);
const repeatBytes = (count: number, wire: Buffer): Buffer =>
  Buffer.concat(Array.from({ length: count }, () => wire));

/** Three wrong signatures of the right form. The service checks each with every key of the account. */
const UNSIGNED = Array.from({ length: 3 }, (_, nth) => `v1a,${Buffer.alloc(64, nth).toString('base64')}`);
export const ASYMMETRIC_ACCOUNT = 'asymmetric';

function buildAsymmetricRequest(): Buffer {
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

/** Attacks by the name for `--attack`. */
export const ATTACKS: ReadonlyMap<string, Attack> = new Map<string, Attack>([
  [
    'aborted',
    ({ url, forged }) =>
      new ReconnectingClients({
        url,
        connections: 8,
        wire: () => repeatBytes(60, forged()),
        responsesPerConnection: 0,
      }),
  ],
  [
    'pipelined-webhooks',
    ({ url }) =>
      new ReconnectingClients({
        url,
        connections: 400,
        wire: () => repeatBytes(990, buildGetRequest('/webhooks/x')),
        responsesPerConnection: 990,
      }),
  ],
  [
    'pipelined-health',
    ({ url }) =>
      new ReconnectingClients({
        url,
        connections: 400,
        wire: () => repeatBytes(990, buildGetRequest('/health/ready')),
        responsesPerConnection: 990,
      }),
  ],
  [
    'other-doors',
    ({ url, forged }) => {
      const wires = [
        forged('/WEBHOOKS'),
        buildGetRequest('/nope'),
        buildGetRequest('/health/ready'),
        buildGetRequest('/stats'),
      ];
      const wire = (nth: number): Buffer => repeatBytes(10, wires[nth % wires.length] as Buffer);
      return new ReconnectingClients({ url, connections: 16, wire, responsesPerConnection: 10 });
    },
  ],
  [
    'asymmetric',
    ({ url }) =>
      new ReconnectingClients({
        url,
        connections: 8,
        wire: buildAsymmetricRequest,
        responsesPerConnection: 1,
      }),
  ],
  [
    'slow-bodies',
    ({ url, forged }) => {
      const begun = Buffer.from(
        forged()
          .toString('latin1')
          .replace(/content-length: \d+/, 'content-length: 40000'),
      );
      const wire = (): Buffer => Buffer.concat([begun, Buffer.alloc(20_000, ' ')]);
      return new ReconnectingClients({ url, connections: 1_000, wire, responsesPerConnection: null });
    },
  ],
]);
