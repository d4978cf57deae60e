import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generateKeyPairSync, sign } from 'node:crypto';
import type { SignedRequest } from '../../src/simulator/gateway-simulator.js';
import type { LeanExpressAdapter } from '../../src/platform/http/lean-express.adapter.js';
import { readEnv } from '../../src/platform/config/read-env.js';
import { gateways } from '../../src/webhooks/gateways/index.js';
import { deliver, refusedBy, signed, standardBody } from '../support/requests.js';
import { SECRETS, startTestApp, type Json, type TestApp, until } from '../support/test-app.js';

const pairs = Array.from({ length: 4 }, () => generateKeyPairSync('ed25519'));
const [pair] = pairs;
const publicOf = (one: (typeof pairs)[number]): string =>
  `whpk_${one.publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64')}`;

let app: TestApp;
beforeAll(async () => {
  const secrets = [SECRETS.standard, ...pairs.map(publicOf)].join(',');
  app = await startTestApp({ environment: { WEBHOOK_SECRETS_STANDARD: secrets } });
});
afterAll(() => app.close());

/** Signed with the first pair; `entries` stand before the signature in the header. */
function asymmetric(entries: readonly string[] = [], body: unknown = standardBody()): SignedRequest {
  const request = signed('standard', body);
  const { 'webhook-id': id, 'webhook-timestamp': time } = request.headers;
  const message = Buffer.concat([Buffer.from(`${id}.${time}.`), request.body]);
  const v1a = pair ? `v1a,${sign(null, message, pair.privateKey).toString('base64')}` : '';
  return { ...request, headers: { ...request.headers, 'webhook-signature': [...entries, v1a].join(' ') } };
}

const FORGED = `v1a,${Buffer.alloc(64, 7).toString('base64')}`;
const forged = (): SignedRequest => {
  const request = asymmetric([FORGED, FORGED, FORGED]);
  return { ...request, headers: { ...request.headers, 'webhook-signature': `${FORGED} `.repeat(20).trim() } };
};

describe('asymmetric signatures', () => {
  it('prove a message, behind two others at most', async () => {
    expect((await deliver(app, asymmetric())).json.status).toBe('accepted');
    expect((await deliver(app, asymmetric([FORGED, FORGED]))).json.status).toBe('accepted');
    expect((await deliver(app, asymmetric([FORGED, FORGED, FORGED]))).status).toBe(401);
  });

  it('forged by the hundred keep no genuine message out, and each is refused or told to come again', async () => {
    const before = await refusedBy(app, 'standard');
    const strangers = Array.from({ length: 300 }, () => deliver(app, forged()));
    const genuine = Array.from({ length: 20 }, () => deliver(app, signed('standard', standardBody())));
    for (const { json } of await Promise.all(genuine)) expect(json.status).toBe('accepted');
    for (const { status, headers, json } of await Promise.all(strangers)) {
      expect([401, 429, 503]).toContain(status);
      if (status !== 503) continue;
      expect(json.type).toBe('/problems/cannot-verify-now');
      expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    const after = await refusedBy(app, 'standard');
    const count = (counts: Record<string, number>): number =>
      Object.values(counts).reduce((sum, one) => sum + one, 0);
    expect(count(after) - count(before)).toBe(300);
    expect((await deliver(app, asymmetric())).json.status).toBe('accepted');
  });

  it('that wait to be checked leave the places of requests under way to others', async () => {
    const { admission } = app.app.getHttpAdapter() as unknown as LeanExpressAdapter;
    let most = 0;
    const server = app.app.getHttpServer();
    const look = (): void => void (most = Math.max(most, admission.active));
    server.on('request', look);
    await Promise.all(Array.from({ length: 300 }, () => deliver(app, forged())));
    server.off('request', look);
    expect(most).toBeLessThan(100);
  });

  it('are not tried again to explain a refusal', async () => {
    const row: Json = await until(
      async () => (await app.get('/refusals?gateway=standard&reason=no_secret_matches')).items[0],
      'the refusal',
    );
    expect(row.verdict).toEqual({ finding: 'no_secret_matches', detail: 'not examined' });
  });
});

it('a public key under which anybody can sign is refused at the start', () => {
  const neutral = Buffer.alloc(32);
  neutral[0] = 1;
  const environment = { WEBHOOK_SECRETS_STANDARD: `whpk_${neutral.toString('base64')}`, API_KEYS: 'a:b' };
  expect(() => readEnv({ environment }, gateways)).toThrow(/anybody can sign/);
});
