import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { SECRETS, startTestApp, type TestApp } from '../support/test-app.js';

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const body = /^body='(.+)'$/m.exec(README)?.[1] ?? '';
const [, path = '', ...headers] =
  /^curl http:\/\/127\.0\.0\.1:3000(\S+) -H '(\S+): (\S+)' -H "(\S+): \$signature" -d "\$body"$/m.exec(
    README,
  ) ?? [];

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

/** As the lines of the README do it: `openssl dgst -sha256 -hmac "$SECRET"` in hexadecimal. */
const send = async (sent: string, signed = sent): Promise<{ status: number; json: { status: unknown } }> => {
  const [type = '', value = '', signature = ''] = headers;
  const response = await fetch(app.url + path, {
    method: 'POST',
    headers: {
      [type]: value,
      [signature]: createHmac('sha256', SECRETS.razorpay).update(signed).digest('hex'),
    },
    body: sent,
  });
  return { status: response.status, json: (await response.json()) as { status: unknown } };
};

describe('the first webhook of the README', () => {
  it('is accepted, and shown as a payment; once more it is a duplicate, and altered it is refused', async () => {
    expect(await send(body)).toMatchObject({ status: 200, json: { status: 'accepted' } });
    expect(await send(body)).toMatchObject({ status: 200, json: { status: 'duplicate' } });
    expect(await send(body.replace('49900', '49901'), body)).toMatchObject({ status: 401 });
    await app.quiet();
    const { items } = await app.get<{ items: unknown[] }>('/payments');
    expect(items).toMatchObject([{ gateway: 'razorpay', gatewayPaymentId: 'pay_1', status: 'failed' }]);
  });
});
