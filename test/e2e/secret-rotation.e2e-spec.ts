import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import {
  ask,
  deliver,
  type GatewayName,
  paymentOf,
  signedStep,
  SIGNING,
  story,
  success,
} from '../support/requests.js';
import { READ_KEY, SECRETS, startTestApp, type Json, type TestApp } from '../support/test-app.js';

const NEWER = {
  stripe: 'whsec_test_stripe_newer_0123456789',
  razorpay: 'razorpay-newer-secret',
  standard: 'whsec_bmV3ZXJuZXdlcm5ld2VybmV3ZXJuZXdlcg==',
  ippopay: 'ippopay-newer-0123456789-0123456789-abc',
} as const;
const NAMES = Object.keys(NEWER) as GatewayName[];

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

/** Starts the service with these secrets of every gateway, newest first, and ends it after. */
async function withSecrets(
  secretsOf: (gateway: GatewayName) => readonly string[],
  work: (app: TestApp) => Promise<void>,
): Promise<void> {
  const environment = Object.fromEntries(
    NAMES.map((name) => [`WEBHOOK_SECRETS_${name.toUpperCase()}`, secretsOf(name).join(',')]),
  );
  const app = await startTestApp({ databaseUrl: database.url, environment });
  await work(app).finally(() => app.close());
}

const secretsOf = async (app: TestApp, gateway: GatewayName): Promise<Json[]> =>
  (await app.get<Json[]>('/secrets')).filter((row) => row.gateway === gateway);

describe('pain 13: a secret is changed without an event lost', () => {
  it.each(SIGNING)('%s: before, while both are in use, and after', async (gateway) => {
    const [failed, succeeded] = [story(gateway, 'failure').at(-1)!, story(gateway, 'success').at(-1)!];
    const old = { secret: SECRETS[gateway] };
    const newer = { secret: NEWER[gateway] };

    await withSecrets(
      (name) => [SECRETS[name]],
      async (app) => {
        expect((await deliver(app, signedStep(gateway, failed, old))).json.status).toBe('accepted');
        expect((await deliver(app, success(gateway, newer))).status).toBe(401);
      },
    );
    await withSecrets(
      (name) => [NEWER[name], SECRETS[name]],
      async (app) => {
        // A retry of an event from before the change still comes under the old secret: no second event.
        expect((await deliver(app, signedStep(gateway, failed, old))).json.status).toBe('duplicate');
        expect((await deliver(app, signedStep(gateway, failed, newer))).json.status).toBe('duplicate');
        // So does an event that never got through before.
        expect((await deliver(app, signedStep(gateway, succeeded, old))).json.status).toBe('accepted');
        expect((await deliver(app, success(gateway, newer))).json.status).toBe('accepted');
        await app.quiet();
        expect(await paymentOf(app, succeeded.paymentId)).toMatchObject({ state: 'succeeded' });
      },
    );
    await withSecrets(
      (name) => [NEWER[name]],
      async (app) => {
        expect((await deliver(app, signedStep(gateway, succeeded, old))).status).toBe(401);
        expect((await deliver(app, signedStep(gateway, succeeded, newer))).json.status).toBe('duplicate');
      },
    );
  });
});

describe('GET /secrets tells when an old secret is no longer used', () => {
  it.each(NAMES)('%s', async (gateway) => {
    const both = (name: GatewayName) => [NEWER[name], SECRETS[name]];
    const oldUse = { at: '' };
    await withSecrets(both, async (app) => {
      await deliver(app, success(gateway, { secret: SECRETS[gateway] }));
      const [, old] = await secretsOf(app, gateway);
      expect(old).toMatchObject({ account: 'default', position: 1, lastMatchedAt: expect.any(String) });
      oldUse.at = old.lastMatchedAt;
    });
    // A new process, and the secret at another place: the use is the secret's, not the place's.
    await withSecrets(
      (name) => [...both(name)].reverse(),
      async (app) => {
        await deliver(app, success(gateway, { secret: NEWER[gateway] }));
        const [old, newer] = await secretsOf(app, gateway);
        expect(old).toMatchObject({ position: 0, lastMatchedAt: oldUse.at });
        expect(newer.lastMatchedAt > oldUse.at).toBe(true);
        expect(newer.mark).not.toBe(old.mark);
      },
    );
  });

  it('says null of a secret that never matched, and shows none', async () => {
    await withSecrets(
      (name) => [`${SECRETS[name].slice(0, -4)}AAAA`],
      async (app) => {
        expect((await ask(app, '/secrets', {}, READ_KEY)).status).toBe(403);
        const heard = await ask(app, '/secrets');
        expect(heard.status).toBe(200);
        expect(heard.json.map((row: Json) => [row.gateway, row.lastMatchedAt]).sort()).toEqual(
          [...NAMES].sort().map((name) => [name, null]),
        );
        for (const name of NAMES) expect(heard.text).not.toContain(SECRETS[name].slice(6, -4));
        expect((await ask(app, '/secrets', {}, null)).status).toBe(401);
      },
    );
  });

  it('by marks of this installation alone: of the same secret another has another', async () => {
    const marks: string[] = [];
    for (let nth = 0; nth < 2; nth++) {
      const app = await startTestApp();
      try {
        marks.push((await secretsOf(app, 'razorpay'))[0].mark);
      } finally {
        await app.close();
      }
    }
    expect(new Set(marks).size).toBe(2);
    expect(marks.every((mark) => /^[0-9a-f]{8}$/.test(mark))).toBe(true);
  });

  it('a forged request is no use of a secret', async () => {
    await withSecrets(
      (name) => [`${SECRETS[name].slice(0, -4)}BBBB`],
      async (app) => {
        await deliver(app, success('stripe', { secret: 'whsec_a_guess' }));
        expect((await secretsOf(app, 'stripe'))[0].lastMatchedAt).toBeNull();
      },
    );
  });
});
