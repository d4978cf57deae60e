import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { StoryEvent } from '../../src/simulator/gateway-simulator.js';
import { effectOf, NO_EFFECT, ONE_FAILURE } from '../support/business-effect.js';
import { sendHalf } from '../support/half-sent.js';
import { deliver, signedStep, SIGNING, story } from '../support/requests.js';
import { startTestApp, until, type TestApp } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';
import { lineWithoutAnswers } from '../support/unreliable-line.js';

/** A sender that hears nothing sends again; whatever happened to the first attempt, the business sees one. */

let database: TestDatabase;
let app: TestApp;
beforeEach(async () => {
  database = await createTestDatabase();
  app = await startTestApp({ databaseUrl: database.url });
});
afterEach(async () => {
  await app.close();
  await database.drop();
});

async function restart(): Promise<void> {
  await app.close();
  app = await startTestApp({ databaseUrl: database.url });
}

/** The service stores it; the sender never hears so. */
async function sendUnheard(request: ReturnType<typeof signedStep>): Promise<void> {
  const line = await lineWithoutAnswers(app.url);
  await expect(deliver({ url: line.url }, request)).rejects.toThrow();
  await until(() => line.swallowed, 'the answer to be lost');
  await line.close();
}

describe.each(SIGNING)('a sender of %s', (gateway) => {
  const failure = (): StoryEvent => story(gateway, 'failure').at(-1) as StoryEvent;

  it('timeout then retry: the answer was lost, the message was not (pain 12)', async () => {
    const told = failure();
    await sendUnheard(signedStep(gateway, told));
    expect(await effectOf(app, told)).toEqual(ONE_FAILURE);
    await deliver(app, signedStep(gateway, told));
    expect(await effectOf(app, told)).toEqual(ONE_FAILURE);
  });

  it('refused connection then retry: what the service was not there for comes in later (pain 9)', async () => {
    const told = failure();
    await app.close();
    await expect(deliver(app, signedStep(gateway, told))).rejects.toThrow();
    app = await startTestApp({ databaseUrl: database.url });
    expect(await effectOf(app, told)).toEqual(NO_EFFECT);
    await deliver(app, signedStep(gateway, told));
    expect(await effectOf(app, told)).toEqual(ONE_FAILURE);
  });

  it('receiver restarted between attempts: the first attempt is remembered', async () => {
    const told = failure();
    await sendUnheard(signedStep(gateway, told));
    await restart();
    await deliver(app, signedStep(gateway, told));
    await restart();
    await deliver(app, signedStep(gateway, told));
    expect(await effectOf(app, told)).toEqual(ONE_FAILURE);
  });

  it('sender crashed after sending half: nothing, until it sends again', async () => {
    const told = failure();
    for (let time = 0; time < 3; time++) await sendHalf(app.url, signedStep(gateway, told));
    expect(await effectOf(app, told)).toEqual(NO_EFFECT);
    await deliver(app, signedStep(gateway, told));
    expect(await effectOf(app, told)).toEqual(ONE_FAILURE);
    expect((await app.get('/stats')).deliveries).toMatchObject({ processed: 1, parked: 0, dead: 0 });
  });
});
