import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { StoryEvent } from '../../src/simulator/gateway-simulator.js';
import { alterBody } from '../../src/simulator/tampering.js';
import { effectOf, NO_EFFECT, ONE_FAILURE } from '../support/business-effect.js';
import { deliver, signed, signedStep, SIGNING, story, type SigningGateway } from '../support/requests.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

/** Each judged by what the business sees, never by the answer alone. Connections and crashes have a file of their own. */

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

const failure = (gateway: SigningGateway): StoryEvent => story(gateway, 'failure').at(-1) as StoryEvent;
const SIGNATURE = {
  stripe: 'stripe-signature',
  razorpay: 'x-razorpay-signature',
  standard: 'webhook-signature',
};
/** Razorpay signs no time. */
const TIMED = ['stripe', 'standard'] as const;
const secondsAgo = (seconds: number): Date => new Date(Date.now() - seconds * 1000);

describe.each(SIGNING)('a sender of %s', (gateway) => {
  it('single valid: one payment, one alert', async () => {
    const told = failure(gateway);
    await deliver(app, signedStep(gateway, told));
    expect(await effectOf(app, told)).toEqual(ONE_FAILURE);
  });

  it('sequential duplicate: as if it had come once (pain 2)', async () => {
    const told = failure(gateway);
    for (let time = 0; time < 3; time++) {
      await deliver(app, signedStep(gateway, told));
      expect(await effectOf(app, told)).toEqual(ONE_FAILURE);
    }
  });

  it('concurrent duplicate: as if it had come once (pain 7)', async () => {
    const told = failure(gateway);
    await Promise.all(Array.from({ length: 20 }, () => deliver(app, signedStep(gateway, told))));
    expect(await effectOf(app, told)).toEqual(ONE_FAILURE);
  });

  it('dependent event before its prerequisite: kept, and right when that comes (pain 5)', async () => {
    const steps = story(gateway, 'full-refund');
    const refund = steps.at(-1) as StoryEvent;
    await deliver(app, signedStep(gateway, refund));
    expect(await effectOf(app, refund)).toMatchObject({ payments: 1, told: 1, alerts: 0 });
    for (const told of steps.slice(0, -1)) await deliver(app, signedStep(gateway, told));
    expect(await effectOf(app, refund)).toMatchObject({
      payments: 1,
      status: 'refunded',
      told: steps.length,
    });
  });

  it('missing signature: nothing', async () => {
    const told = failure(gateway);
    const { path, body } = signedStep(gateway, told);
    await deliver(app, { path, body, headers: { 'content-type': 'application/json' } });
    expect(await effectOf(app, told)).toEqual(NO_EFFECT);
  });

  it.each(['', 'v1', 't=,v1=', 'v1,', 'zz'.repeat(32)])(
    'malformed signature %j: nothing',
    async (signature) => {
      const told = failure(gateway);
      const request = signedStep(gateway, told);
      await deliver(app, { ...request, headers: { ...request.headers, [SIGNATURE[gateway]]: signature } });
      expect(await effectOf(app, told)).toEqual(NO_EFFECT);
    },
  );

  it('wrong key: nothing, and the right one is still taken afterwards', async () => {
    const told = failure(gateway);
    const secret = `whsec_${Buffer.alloc(24, 9).toString('base64')}`;
    await deliver(app, signedStep(gateway, told, { secret }));
    expect(await effectOf(app, told)).toEqual(NO_EFFECT);
    await deliver(app, signedStep(gateway, told));
    expect(await effectOf(app, told)).toEqual(ONE_FAILURE);
  });

  it('altered after signing: nothing (pain 1)', async () => {
    const told = failure(gateway);
    const request = signedStep(gateway, told);
    const dearer = request.body.toString().replace(/"amount": ?"?1/, (amount) => amount.replace('1', '9'));
    expect(dearer).not.toBe(request.body.toString());
    await deliver(app, { ...request, body: Buffer.from(dearer) });
    await deliver(app, alterBody(request));
    expect(await effectOf(app, told)).toEqual(NO_EFFECT);
  });

  it('malformed body: nothing, and its neighbours are not touched', async () => {
    const told = failure(gateway);
    const whole = signedStep(gateway, told).body;
    const { processed } = (await app.get('/stats')).deliveries;
    await deliver(app, signed(gateway, whole.subarray(0, whole.length / 2)));
    await deliver(app, signed(gateway, Buffer.concat([whole, Buffer.from([0xff])])));
    expect(await effectOf(app, told)).toEqual(NO_EFFECT);
    expect((await app.get('/stats')).deliveries).toMatchObject({ processed, parked: 0, dead: 0 });
  });

  it('a content type that is not taken: nothing', async () => {
    const told = failure(gateway);
    const request = signedStep(gateway, told);
    await deliver(app, { ...request, headers: { ...request.headers, 'content-type': 'text/xml' } });
    expect(await effectOf(app, told)).toEqual(NO_EFFECT);
  });
});

describe.each(TIMED)('a sender of %s, whose clock is signed (pain 20)', (gateway) => {
  it('stale timestamp: nothing', async () => {
    const told = failure(gateway);
    await deliver(app, signedStep(gateway, told, { now: secondsAgo(302) }));
    await deliver(app, signedStep(gateway, told, { now: secondsAgo(-320) }));
    expect(await effectOf(app, told)).toEqual(NO_EFFECT);
  });

  it('a timestamp just inside: as any other', async () => {
    const told = failure(gateway);
    await deliver(app, signedStep(gateway, told, { now: secondsAgo(280) }));
    expect(await effectOf(app, told)).toEqual(ONE_FAILURE);
  });

  it('an old retry of a new signing: as any other, however old what it tells', async () => {
    const start = new Date(Date.now() - 48 * 3_600_000);
    const told = story(gateway, 'failure', { start }).at(-1) as StoryEvent;
    await deliver(app, signedStep(gateway, told));
    expect(await effectOf(app, told)).toEqual(ONE_FAILURE);
  });
});
