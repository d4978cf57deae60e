import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { deliver, freshId, paymentOf, signed, standardBody } from '../support/requests.js';
import { type Json, startTestApp, type TestApp } from '../support/test-app.js';

const CARD = '4242424242424242';
const GROUPED = '4242 4242 4242 4242';
const SHOWN = '************4242';
const SHOWN_GROUPED = '**** **** **** 4242';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

describe('pain 25: numbers that look like cards are shown by their last four digits', () => {
  let body: Json;
  let delivery: Json;
  let payment: Json;

  beforeAll(async () => {
    body = standardBody({
      status: 'failed',
      customer: { id: CARD, email: `${freshId('c')}@example.com`, phone: GROUPED, name: `Asha ${CARD}` },
      failure: { code: 'card_declined', message: `card ${GROUPED} was declined` },
      note: { card: CARD, sent: 1764000000005, id: `pi_${CARD}` },
    });
    const request = signed('standard', body);
    const heard = await deliver(app, { ...request, headers: { ...request.headers, 'X-Card': GROUPED } });
    await app.quiet();
    delivery = await app.get(`/deliveries/${heard.json.id}`);
    payment = await paymentOf(app, body.data.paymentId);
  });

  it('in the body and the headers of a delivery, and not in its base64 either', () => {
    expect(JSON.stringify(delivery)).not.toMatch(/"4242424242424242|4242 4242/);
    const { data } = JSON.parse(delivery.body);
    expect(data.note).toEqual({ card: SHOWN, sent: 1764000000005, id: `pi_${CARD}` });
    expect(data.failure.message).toBe(`card ${SHOWN_GROUPED} was declined`);
    expect(delivery.bodyBase64).toBeNull();
    expect(delivery.bodyNotice).toBe(
      'numbers that look like card numbers are masked; they are stored as received',
    );
    expect(delivery.headers).toContainEqual(['X-Card', SHOWN_GROUPED]);
  });

  it('in a payment, alone and in a list', async () => {
    const list = await app.get(`/payments?gatewayPaymentId=${body.data.paymentId}`);
    for (const shown of [payment, list.items[0]]) {
      expect(shown.failure.message).toBe(`card ${SHOWN_GROUPED} was declined`);
      expect(shown.customer).toMatchObject({ id: SHOWN, phone: SHOWN_GROUPED, name: `Asha ${SHOWN}` });
    }
  });

  it('in a notification as it was rendered', async () => {
    const { items } = await app.get(`/notifications?paymentId=${payment.id}`);
    // What a template may let through, now or later.
    await app.app
      .get(DataSource)
      .query(`UPDATE notifications SET subject = $2, text = $2, html = $2 WHERE id = $1`, [
        items[0].id,
        `about ${CARD}`,
      ]);
    const shown = await app.get(`/notifications/${items[0].id}`);
    expect(shown).toMatchObject({
      subject: `about ${SHOWN}`,
      text: `about ${SHOWN}`,
      html: `about ${SHOWN}`,
    });
  });

  it('and are stored as received', async () => {
    const [row] = await app.app
      .get(DataSource)
      .query<{ raw: Buffer }[]>('SELECT raw FROM deliveries WHERE id = $1', [delivery.id]);
    expect(row?.raw.toString()).toBe(JSON.stringify(body));
  });

  it('a body without any is shown byte for byte', async () => {
    const plain = standardBody();
    const heard = await deliver(app, signed('standard', plain));
    expect(await app.get(`/deliveries/${heard.json.id}`)).toMatchObject({
      body: JSON.stringify(plain),
      bodyBase64: Buffer.from(JSON.stringify(plain)).toString('base64'),
      bodyNotice: null,
    });
  });
});
