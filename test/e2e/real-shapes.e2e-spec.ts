import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bodyAt, foundCases, type FoundCase, type PostStep } from '../support/found-cases.js';
import { MailCatcher } from '../support/mail-catcher.js';
import { deliver, freshId, paymentOf, signed } from '../support/requests.js';
import { type Json, startTestApp, type TestApp, until } from '../support/test-app.js';

let mail: MailCatcher;
let app: TestApp;

beforeAll(async () => {
  mail = await MailCatcher.start();
  app = await startTestApp({ environment: { SMTP_URL: mail.url } });
});
afterAll(async () => {
  await app.close();
  await mail.stop();
});

/** Posts one message and answers the delivery's id. */
async function post(step: PostStep): Promise<string> {
  const { gateway, answer, eventId = freshId('msg'), drain } = step;
  const heard = await deliver(app, signed(gateway, bodyAt(step, new Date()), { eventId }));
  expect([heard.status, heard.json?.status]).toEqual([200, answer]);
  if (drain) await app.quiet();
  return heard.json.id as string;
}

/** Plays the steps in order and answers the ids of their deliveries. */
async function play({ steps, mails }: FoundCase): Promise<string[]> {
  const ids: string[] = [];
  for (const step of steps) {
    if ('wait' in step) await until(() => mail.sentTo(mails?.to ?? '').length > 0, 'the first mail');
    else ids.push(await post(step));
  }
  await app.quiet();
  return ids;
}

/** Fields that may have one of several values, apart from those that must have one. */
function anyOf(fields: Record<string, unknown>): [Record<string, unknown>, [string, unknown[]][]] {
  const choices = Object.entries(fields).filter(
    (entry): entry is [string, unknown[]] => entry[0] === 'status' && Array.isArray(entry[1]),
  );
  const names = choices.map(([name]) => name);
  return [Object.fromEntries(Object.entries(fields).filter(([name]) => !names.includes(name))), choices];
}

async function expectPayment(expected: { gatewayPaymentId: string } & Record<string, unknown>) {
  const payment = await paymentOf(app, expected.gatewayPaymentId);
  const [fields, choices] = anyOf(expected);
  expect(payment).toMatchObject(fields);
  for (const [name, values] of choices) expect(values).toContain(payment[name]);
  return payment;
}

describe('what gateways really sent', () => {
  describe.each(foundCases())('%s', (_file, cases) => {
    it.each(cases.map((one) => [one.name, one] as const))('%s', async (_name, one) => {
      const ids = await play(one);
      if (one.payment) {
        const payment = await expectPayment(one.payment);
        const refundIds = payment.refunds.map(({ id }: Json) => id as string).sort();
        if (one.refundIds) expect(refundIds).toEqual([...one.refundIds].sort());
      }
      if (one.parked) {
        const { status, errors, reason } = await app.get(`/deliveries/${ids.at(-1)}`);
        expect(status).toBe('parked');
        const faults = errors.map(({ path, message }: Json) => `${path}: ${message}`);
        expect([...faults, reason].join()).toContain(one.parked);
      }
      if (one.mails) expect(mail.sentTo(one.mails.to)).toHaveLength(one.mails.count);
    });
  });
});
