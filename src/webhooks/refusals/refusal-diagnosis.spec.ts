import { describe, expect, it } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import type { GatewayAccount } from '../../platform/config/env.js';
import { DiagnosisBudget } from './diagnosis-budget.js';
import { diagnoseRefusal, type UnverifiedRequest } from './refusal-diagnosis.js';
import { type CustomProof, type Gateway, gateways, type Evidence } from '../gateways/index.js';
import { createEvidence } from '../gateways/evidence.js';
import { verifierOf } from '../gateways/verifier.js';
import { hmacSha256 } from '../gateways/signature.js';
import { toyGateway } from '../../../test/extending/toy.gateway.js';

const NOW = new Date('2026-11-24T12:00:00Z');
const SECONDS = NOW.getTime() / 1000;
const accountOf = (account: string, secret: string, mode: 'live' | 'test' = 'live'): GatewayAccount => ({
  gateway: 'any',
  account,
  secrets: [secret],
  mode,
  settings: {},
});
const gatewayOf = (name: string): Gateway => gateways.find((gateway) => gateway.name === name) as Gateway;

function unproven(gateway: Gateway, changes: Partial<Evidence>): UnverifiedRequest {
  const { raw = null, ...rest } = changes;
  const evidence = createEvidence({ secrets: ['ours'], now: NOW, ...rest });
  return { gateway, account: accountOf('default', 'ours'), evidence, raw };
}

const hex = (secret: string, raw: string) => hmacSha256(secret, raw).toString('hex');
const razorpay = (signed: string, received: string, secret = 'ours') =>
  unproven(gatewayOf('razorpay'), {
    headers: { 'x-razorpay-signature': hex(secret, signed) },
    raw: Buffer.from(received),
  });

describe('what is found behind a signature that no secret matches', () => {
  it('a body that was written anew on its way', async () => {
    const found = await diagnoseRefusal('no_secret_matches', razorpay('{"a":1}', '{ "a": 1 }'), []);
    expect(found).toEqual({ finding: 'altered_body', alteration: 'json_rewritten' });
  });

  it('pain 14: the secret of another account, and whether that one is for tests', async () => {
    const others = [accountOf('shop2', 'theirs'), accountOf('trial', 'trial-secret', 'test')];
    const found = await diagnoseRefusal('no_secret_matches', razorpay('{}', '{}', 'trial-secret'), others);
    expect(found).toEqual({ finding: 'secret_of_another_account', account: 'trial', mode: 'test' });
  });

  it('nothing, when it is a forgery or its body was too large to look at', async () => {
    const plain = { finding: 'no_secret_matches' };
    expect(await diagnoseRefusal('no_secret_matches', razorpay('{}', '{}', 'guess'), [])).toEqual(plain);
    const unread = { ...razorpay('{"a":1}', '{ "a": 1 }'), raw: null };
    expect(await diagnoseRefusal('no_secret_matches', unread, [])).toEqual(plain);
  });

  it('the same for a gateway that knows nothing of findings', async () => {
    const signature = hmacSha256('ours', '{}').toString('base64');
    const toy = unproven(toyGateway, {
      headers: { 'x-toy-signature': signature },
      raw: Buffer.from('{}\n'),
    });
    expect(await diagnoseRefusal('no_secret_matches', toy, [])).toMatchObject({ finding: 'altered_body' });
    expect(await diagnoseRefusal('missing_signature', toy, [])).toEqual({ finding: 'missing_signature' });
  });

  it('the token of another account, of which no body was read', async () => {
    const hint = unproven(gatewayOf('ippopay'), { token: 'theirs' });
    expect(await diagnoseRefusal('bad_token', hint, [accountOf('shop2', 'theirs')])).toMatchObject({
      finding: 'secret_of_another_account',
      account: 'shop2',
    });
  });
});

describe('a closer look', () => {
  it('ends when the time for it is over, and says so', async () => {
    let steps = 0;
    const goesOn = (): boolean => ++steps < 3;
    const found = await diagnoseRefusal(
      'no_secret_matches',
      razorpay('{}', '{ "a": 1 }', 'guess'),
      [],
      goesOn,
    );
    expect(found).toEqual({ finding: 'no_secret_matches', detail: 'not examined' });
    expect(steps).toBe(3);
  });

  it('is not taken at signatures that cost too much, by the account’s keys or another’s', async () => {
    const whpk = `whpk_${generateKeyPairSync('ed25519').publicKey.export({ format: 'der', type: 'spki' }).subarray(-32).toString('base64')}`;
    const verified: string[][] = [];
    const gateway: Gateway = Object.assign(Object.create(gatewayOf('standard')) as Gateway, {
      proof: {
        ...(gatewayOf('standard').proof as CustomProof),
        prove: ({ secrets }: Evidence) => {
          verified.push([...secrets]);
          return { ok: false, reason: 'no_secret_matches' } as const;
        },
      },
    });
    const input = unproven(gateway, { secrets: [whpk], raw: Buffer.from('{ "a": 1 }') });
    const found = await diagnoseRefusal('no_secret_matches', input, [accountOf('shop2', whpk)]);
    expect(found).toEqual({ finding: 'no_secret_matches', detail: 'not examined' });
    expect(verified.flat()).toEqual([]);
  });

  it('has 20 ms a second over all refusals, and 200 at most at once', () => {
    let now = 0;
    const budget = new DiagnosisBudget(() => now);
    expect(budget.begin()).toBe(true);
    now += 150;
    expect(budget.mayContinue()).toBe(true);
    now += 70;
    expect(budget.mayContinue()).toBe(false);
    // 220 ms are spent, of which 200 and some 4 were there: a second brings 20 of them back.
    expect(budget.begin()).toBe(false);
    now += 2_000;
    expect(budget.begin()).toBe(true);
    now += 30;
    expect(budget.mayContinue()).toBe(false);
    now += 3_600_000;
    budget.begin();
    now += 199;
    expect(budget.mayContinue()).toBe(true);
    now += 10;
    expect(budget.mayContinue()).toBe(false);
  });
});

describe('what is wrong with headers is said without repeating them', () => {
  const V1 = `v1=${'0'.repeat(64)}`;
  const STANDARD = { 'webhook-id': 'a', 'webhook-timestamp': `${SECONDS}` };
  const SIGNATURE = `v1,${Buffer.alloc(32).toString('base64')}`;
  it.each([
    ['stripe', {}, 'stripe-signature is missing'],
    ['stripe', { 'stripe-signature': V1 }, 'it has no t='],
    ['stripe', { 'stripe-signature': `t=1,t=2,${V1}` }, 'it has more than one t='],
    ['stripe', { 'stripe-signature': `t=1=2,${V1}` }, 't= is no unix time in whole seconds'],
    ['stripe', { 'stripe-signature': `t=${SECONDS}=1,${V1}` }, 't= is no unix time in whole seconds'],
    ['stripe', { 'stripe-signature': `t=${SECONDS},${V1}=` }, 'no v1= is 64 hexadecimal digits'],
    ['stripe', { 'stripe-signature': `t=now,${V1}` }, 't= is no unix time in whole seconds'],
    ['stripe', { 'stripe-signature': `t=${SECONDS}` }, 'it has no v1='],
    ['stripe', { 'stripe-signature': `t=${SECONDS},v1=zz` }, 'no v1= is 64 hexadecimal digits'],
    ['stripe', { 'stripe-signature': `t=${SECONDS}${`,${V1}`.repeat(21)}` }, 'it has more than 20 v1='],
    ['stripe', { 'stripe-signature': 'x'.repeat(5000) }, 'stripe-signature is longer than 4096 characters'],
    ['stripe', { 'stripe-signature': `t=${SECONDS - 400},${V1}` }, 'signed 400 s before it came'],
    ['razorpay', {}, 'x-razorpay-signature is missing'],
    ['razorpay', { 'x-razorpay-signature': 'zz' }, 'x-razorpay-signature is not 64 hexadecimal digits'],
    ['standard', {}, 'missing: webhook-id, webhook-timestamp, webhook-signature'],
    ['standard', { 'svix-id': 'a', 'svix-timestamp': '1' }, 'missing: svix-signature'],
    ['standard', { ...STANDARD, 'webhook-signature': 'x' }, 'webhook-signature has no v1 or v1a entry'],
    [
      'standard',
      { ...STANDARD, 'webhook-signature': 'v1,x' },
      'no entry of webhook-signature is the base64 of a signature',
    ],
    [
      'standard',
      { ...STANDARD, 'webhook-timestamp': '1e9', 'webhook-signature': SIGNATURE },
      'webhook-timestamp is no unix time in whole seconds',
    ],
    [
      'standard',
      { ...STANDARD, 'webhook-timestamp': `${SECONDS + 301}`, 'webhook-signature': SIGNATURE },
      'signed 301 s after it came',
    ],
  ])('%s %j: %s', async (name, headers, detail) => {
    const gateway = gatewayOf(name);
    const input = unproven(gateway, { headers });
    const reason = verifierOf(gateway).checkHeaders(input.evidence)?.reason;
    expect(reason).toBeTruthy();
    expect(await diagnoseRefusal(reason ?? 'not_json', input, [])).toEqual({ finding: reason, detail });
  });
});
