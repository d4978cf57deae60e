import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { alterBody, forge } from '../../src/simulator/tampering.js';
import { SIMULATORS } from '../../src/simulator/simulators.js';
import { type GatewaySimulator } from '../../src/simulator/gateway-simulator.js';
import {
  deliver,
  freshId,
  type Heard,
  hear,
  paymentOf,
  signed,
  SIGNING,
  standardBody,
  success,
} from '../support/requests.js';
import { type Json, SECRETS, startTestApp, type TestApp } from '../support/test-app.js';

const MiB = 1024 * 1024;

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

const stored = async (): Promise<number> => {
  const { deliveries } = await app.get('/stats');
  return Object.values<number>(deliveries).reduce((sum, count) => sum + count, 0);
};

/** Sent and refused with this status, and nothing stored. */
async function refused(status: number, send: () => Promise<Heard>): Promise<void> {
  const before = await stored();
  expect((await send()).status).toBe(status);
  expect(await stored()).toBe(before);
}

describe('a message that was changed on its way is refused and not stored', () => {
  it.each(SIGNING)('pain 1: one byte more, less or other than was signed by %s', async (gateway) => {
    const request = success(gateway);
    const flipped = Buffer.from(request.body);
    flipped[flipped.length - 2] = (flipped[flipped.length - 2] as number) ^ 1;
    await refused(401, () => deliver(app, alterBody(request)));
    await refused(401, () => deliver(app, { ...request, body: request.body.subarray(0, -1) }));
    await refused(401, () => deliver(app, { ...request, body: flipped }));
    await refused(401, () => deliver(app, { ...request, body: Buffer.alloc(0) }));
    expect((await deliver(app, request)).json.status).toBe('accepted');
  });

  it.each(SIGNING)('forged with a secret like that of %s', async (gateway) => {
    const options = { secret: SECRETS[gateway], now: new Date(), eventId: freshId('evt') };
    const request = forge(SIMULATORS.get(gateway) as GatewaySimulator, success(gateway).body, options);
    await refused(401, () => deliver(app, request));
  });

  it('the id or the time of standard, which are signed', async () => {
    const { headers, ...request } = success('standard');
    const later = String(Number(headers['webhook-timestamp']) + 1);
    await refused(401, () =>
      deliver(app, { ...request, headers: { ...headers, 'webhook-id': 'msg_other' } }),
    );
    await refused(401, () =>
      deliver(app, { ...request, headers: { ...headers, 'webhook-timestamp': later } }),
    );
  });
});

describe('a verified body that cannot be read is 400, and not stored', () => {
  const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);

  it.each<[string, Buffer | string]>([
    ['empty', ''],
    ['not JSON', '{"event":'],
    ['two documents', '{}{}'],
    ['a form', 'event=payment.updated'],
    ['NaN', '{"amount":NaN}'],
    ['invalid UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
    ['an overlong encoding', Buffer.from([0x22, 0xc0, 0xaf, 0x22])],
    ['UTF-16', Buffer.from('{}', 'utf16le')],
    ['gzip that does not say so', gzipSync('{}')],
    ['nested 65 deep', nested(65)],
    ['nested 400000 deep', nested(400_000)],
  ])('%s', async (_what, body) => {
    for (const gateway of SIGNING) await refused(400, () => deliver(app, signed(gateway, body)));
  });

  it('while 64 deep can be read', async () => {
    const body = standardBody({ extra: JSON.parse(nested(62)) });
    expect((await deliver(app, signed('standard', body))).json.status).toBe('accepted');
  });

  it('and brackets inside strings nest nothing', async () => {
    const body = standardBody({ extra: `${'['.repeat(100)}\\"${'{'.repeat(100)}` });
    expect((await deliver(app, signed('standard', body))).json.status).toBe('accepted');
  });
});

describe('how much is taken', () => {
  const padded = (size: number): { body: Buffer; paymentId: string } => {
    const body = standardBody({ extra: '' });
    body.data.extra = 'x'.repeat(size - JSON.stringify(body).length);
    return { body: Buffer.from(JSON.stringify(body)), paymentId: body.data.paymentId };
  };
  const chunked = async (body: Buffer): Promise<Heard> => {
    const { path, headers } = signed('standard', body);
    const chunks = new ReadableStream({
      start(controller) {
        for (let at = 0; at < body.length; at += 60_000)
          controller.enqueue(new Uint8Array(body.subarray(at, at + 60_000)));
        controller.close();
      },
    });
    const init = { method: 'POST', headers, body: chunks, duplex: 'half' } as RequestInit;
    return hear(await fetch(app.url + path, init));
  };

  it('pain 25: a body of 1 MiB is taken, with its length told and in chunks', async () => {
    const whole = padded(MiB);
    expect((await deliver(app, signed('standard', whole.body))).json.status).toBe('accepted');
    expect((await chunked(padded(MiB).body)).json.status).toBe('accepted');
    await app.quiet();
    expect(await paymentOf(app, whole.paymentId)).toMatchObject({ status: 'succeeded' });
  });

  it('one byte more is 413, with its length told and in chunks', async () => {
    await refused(413, () => deliver(app, signed('standard', padded(MiB + 1).body)));
    await refused(413, () => chunked(padded(MiB + 1).body));
  });

  it('a flood of headers is refused by the server itself', async () => {
    const request = success('standard');
    const flood = Object.fromEntries(Array.from({ length: 400 }, (_, at) => [`x-${at}`, 'y'.repeat(100)]));
    await refused(431, () => deliver(app, { ...request, headers: { ...request.headers, ...flood } }));
  });

  it('a signature header of any length or with any number of entries ends in 401', async () => {
    const request = success('stripe');
    const many = `${request.headers['stripe-signature']},`.repeat(60);
    const long = { ...request, headers: { ...request.headers, 'stripe-signature': many } };
    await refused(401, () => deliver(app, long));
  });
});

describe('keys and characters that a JSON body may hold and a program may trip over', () => {
  const accepted = async (text: string, paymentId: string): Promise<Json> => {
    expect((await deliver(app, signed('standard', text))).json).toMatchObject({ status: 'accepted' });
    await app.quiet();
    return paymentOf(app, paymentId);
  };
  const edited = (edit: (text: string) => string): [string, string] => {
    const body = standardBody({ orderId: 'ORDER' });
    return [edit(JSON.stringify(body)), body.data.paymentId];
  };

  it('duplicate keys: the last one counts, at the door and afterwards', async () => {
    const [text, id] = edited((json) => json.replace('"amount":100', '"amount":1,"amount":2'));
    expect(await accepted(text, id)).toMatchObject({ amount: '200' });
  });

  it('__proto__ and constructor are data like any other', async () => {
    const poison = '"__proto__":{"status":"failed","polluted":1},"constructor":{"prototype":{"polluted":1}},';
    const [text, id] = edited((json) => json.replace('"data":{', `${poison}"data":{${poison}`));
    expect(await accepted(text, id)).toMatchObject({ status: 'succeeded' });
    expect(({} as Json).polluted).toBeUndefined();
  });

  it('half a character in a string is replaced where text is kept, never a 5xx or dead work', async () => {
    const [text, id] = edited((json) => json.replace('ORDER', 'a\\ud800b'));
    expect(await accepted(text, id)).toMatchObject({ orderId: 'a\ufffdb' });
  });

  it.each(['stripe', 'razorpay'] as const)(
    'NUL in strings of %s is left out where text is kept',
    async (gateway) => {
      const { body } = success(gateway);
      const text = body.toString().replace(/("orderId": ?"ord)/, '$1\\u0000\\udfff');
      expect(text).toContain('\\u0000');
      expect((await deliver(app, signed(gateway, text))).json.status).toBe('accepted');
      await app.quiet();
      expect((await app.get('/stats')).deliveries).toMatchObject({ pending: 0, dead: 0 });
      const id = /"(?:pi|pay)_s_[^"_]+_[^"]*?"/.exec(text)?.[0].slice(1, -1) ?? '';
      expect((await paymentOf(app, id)).orderId).toMatch(/^ord\ufffd_/);
    },
  );

  it.each(['payment.upd\\u0000ated', '\\ud800', 'refund.\\u0000', '\\u0000'])(
    'a type of %s is answered, not a 5xx',
    async (type) => {
      const [text] = edited((json) => json.replace('payment.updated', type));
      expect((await deliver(app, signed('standard', text))).status).toBeLessThan(500);
      const event = `{"id":"${freshId('evt')}","event":"${type}","type":"${type}","created":1,"data":{"object":{}}}`;
      expect((await deliver(app, signed('stripe', event))).status).toBe(200);
      expect((await deliver(app, signed('razorpay', event))).status).toBe(200);
    },
  );
});
