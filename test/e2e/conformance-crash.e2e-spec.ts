import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { StoryEvent } from '../../src/simulator/gateway-simulator.js';
import { startBuiltService, type BuiltService } from '../support/built-service.js';
import { effectOf, ONE_FAILURE } from '../support/business-effect.js';
import { MailCatcher } from '../support/mail-catcher.js';
import { deliver, signed, signedStep, story } from '../support/requests.js';
import { API_KEY, SECRETS, until, type Json } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

/** The service as it ships, killed as by a power cut. */

const KEYED = { headers: { authorization: `Bearer ${API_KEY}` } };

let database: TestDatabase;
let mail: MailCatcher;
let service: BuiltService;
beforeEach(async () => {
  database = await createTestDatabase();
  mail = await MailCatcher.start();
  service = await start();
});
afterEach(async () => {
  await service.stop();
  await mail.stop();
  await database.drop();
});

const start = (): Promise<BuiltService> =>
  startBuiltService({
    DATABASE_URL: database.url,
    WEBHOOK_SECRETS_STANDARD: SECRETS.standard,
    WEBHOOK_SECRETS_STRIPE: SECRETS.stripe,
    WEBHOOK_SECRETS_IPPOPAY: SECRETS.ippopay,
    SMTP_URL: mail.url,
    MAIL_FROM: 'Shop <pay@shop.example>',
    ALERT_SETTLE_SECONDS: '0',
    LOG_LEVEL: 'debug',
  });

async function startAgain(): Promise<void> {
  service = await start();
}

const failure = (): StoryEvent => story('standard', 'failure').at(-1) as StoryEvent;

describe('crash between side effect and mark', () => {
  it('the mail was taken, nobody wrote it down: it is one notification, sent under one Message-ID', async () => {
    const told = failure();
    const release = mail.hold();
    await deliver(service, signedStep('standard', told));
    await until(() => mail.waiting === 1, 'the mail server to have the whole mail');
    await service.kill();
    release();
    await until(() => mail.mails.length === 1, 'the mail to be kept');

    await startAgain();
    expect(await effectOf(service, told)).toEqual(ONE_FAILURE);
    const { items } = await service.get('/notifications');
    expect(items).toMatchObject([{ status: 'sent', to: told.customer.email }]);
    // Whether the first was taken cannot be known, so it is sent again; a mailbox knows by its id that it is the same.
    expect(new Set(mail.sentTo(told.customer.email ?? '').map(({ messageId }) => messageId)).size).toBe(1);
  });

  it('acknowledged and not yet worked on, or half: worked on once after the start (pain 6, pain 23)', async () => {
    const failures = Array.from({ length: 20 }, failure);
    await Promise.all(failures.map((told) => deliver(service, signedStep('standard', told))));
    await service.kill();
    await startAgain();
    for (const told of failures) expect(await effectOf(service, told)).toEqual(ONE_FAILURE);
    await Promise.all(failures.map((told) => deliver(service, signedStep('standard', told))));
    for (const told of failures) expect(await effectOf(service, told)).toEqual(ONE_FAILURE);
  });
});

describe('canaries in headers, bodies and secrets (pain 25)', () => {
  it('reach no log, no metric and no count', async () => {
    const canary = 'CANARY4f7d';
    const [told] = story('stripe', 'failure').slice(-1) as [StoryEvent];
    const customer = { email: `${canary}@shop.example`, name: canary, phone: `+91${canary}` };
    const good = signedStep('stripe', { ...told, customer, failureCode: canary });
    const headers = {
      ...good.headers,
      'x-canary': canary,
      authorization: `Bearer ${canary}`,
      cookie: canary,
    };
    await deliver(service, { ...good, headers });
    await deliver(service, { ...good, headers: { ...headers, 'stripe-signature': `t=1,v1=${canary}` } });
    await deliver(service, { ...good, path: `/webhooks/ippopay/${canary}`, headers });
    await deliver(
      service,
      signed('stripe', { id: canary, type: `payment_intent.succeeded`, [canary]: canary }),
    );
    await deliver(service, signed('stripe', `{"${canary}"`));
    await service.quiet();
    expect((await service.get('/deliveries')).items.map(({ status }: Json) => status)).toEqual([
      'parked',
      'processed',
    ]);
    const seen = [
      ...service.said,
      JSON.stringify(await service.get('/stats')),
      await (await fetch(`${service.url}/metrics`, KEYED)).text(),
    ].join('\n');
    for (const secret of [canary, ...Object.values(SECRETS), KEYED.headers.authorization.slice(7)])
      expect(seen).not.toContain(secret);
    expect(seen).toMatch(/malformed_signature[^]*bad_token/);
  });
});
