import { afterEach, describe, expect, it } from '@jest/globals';
import { deliver, success } from '../support/requests.js';
import { halfOfARequest, type SlowSender, slowSender } from '../support/slow-sender.js';
import { startTestApp, type TestApp, until } from '../support/test-app.js';

const MANY = 60;
const KIB = 1024;

let app: TestApp;
let slow: SlowSender[] = [];
afterEach(async () => {
  for (const sender of slow.splice(0)) sender.end();
  await app.close();
});

/** So many senders at once, each with the same beginning of a request. */
async function besiege(count: number, text: string): Promise<void> {
  slow = await Promise.all(Array.from({ length: count }, () => slowSender(app.url, text)));
}

const halfOpen = (length: number, sent: number): string =>
  halfOfARequest('/webhooks/razorpay', success('razorpay').headers, length, sent);
const allCutOff = (): boolean => slow.every((sender) => sender.cutOff());

describe('senders that never finish', () => {
  it('with their headers, or with their bodies, are cut off, and genuine events are taken meanwhile', async () => {
    const environment = { HEADERS_TIMEOUT_SECONDS: '1', REQUEST_TIMEOUT_SECONDS: '2' };
    app = await startTestApp({ environment });
    await besiege(MANY, 'POST /webhooks/stripe HTTP/1.1\r\nhost: service\r\nx-slow: ');
    slow.push(
      ...(await Promise.all(Array.from({ length: MANY }, () => slowSender(app.url, halfOpen(1000, 10))))),
    );

    let taken = 0;
    await until(async () => {
      expect((await deliver(app, success('razorpay'))).json).toMatchObject({ status: 'accepted' });
      taken++;
      return allCutOff();
    }, 'the slow to be cut off');
    expect(taken).toBeGreaterThan(1);
    for (const sender of slow) expect(sender.heard()).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('and hold all the room there is for unverified bytes make room for those who do', async () => {
    // All of them fit, and leave one byte.
    app = await startTestApp({ environment: { MAX_UNVERIFIED_BYTES: String(MANY * 20 * KIB + 1) } });
    await besiege(MANY, halfOpen(20 * KIB + 1, 20 * KIB));

    const isTaken = async (): Promise<boolean> => (await deliver(app, success('standard'))).status === 200;
    // The first ones in are let go once they have had their time, and no others.
    for (let nth = 0; nth < 20; nth++) await until(isTaken, 'room for a genuine event');
    expect(slow.some((sender) => sender.heard().startsWith('HTTP/1.1 503 '))).toBe(true);
    expect(slow.filter((sender) => sender.heard() === '').length).toBeGreaterThan(MANY / 2);
  });

  it('only announce how much they will send, and keep nobody out by that', async () => {
    app = await startTestApp({ environment: { MAX_UNVERIFIED_BYTES: String(100 * KIB) } });
    await besiege(MANY, halfOpen(90 * KIB, 0));
    expect((await deliver(app, success('razorpay'))).status).toBe(200);
    const refused = await slowSender(app.url, halfOpen(200 * KIB, 0));
    slow.push(refused);
    await until(() => refused.heard().startsWith('HTTP/1.1 503 '), 'what can never fit to be refused');
    expect(refused.heard()).toMatch(/\r\nretry-after: \d/i);
  });
});

describe('limits of what is read at all', () => {
  it('headers too large are answered 431, as are too many, or those over the number are not seen', async () => {
    app = await startTestApp({ environment: { MAX_HEADER_BYTES: '4096', MAX_HEADER_COUNT: '20' } });
    const { headers, ...rest } = success('stripe');
    const large = { ...rest, headers: { ...headers, 'x-large': 'x'.repeat(5000) } };
    expect((await deliver(app, large)).status).toBe(431);
    const junk = Object.fromEntries(Array.from({ length: 30 }, (_, nth) => [`x-${nth}`, '1']));
    const text = halfOfARequest('/webhooks/stripe', { ...junk, ...headers }, 1, 1);
    const many = await slowSender(app.url, text);
    slow.push(many);
    // Node 20 passes the request on without the headers over the number, so its signature is missing; later ones refuse it.
    await until(
      () => /^HTTP\/1\.1 (?:401|431) /.test(many.heard()),
      'what has too many headers to be refused',
    );
    expect((await deliver(app, success('stripe'))).status).toBe(200);
  });

  it('connections over the number are closed as they come, and may come again', async () => {
    app = await startTestApp({ environment: { MAX_CONNECTIONS: '10' } });
    await besiege(10, 'POST /webhooks/stripe HTTP/1.1\r\n');
    const turnedAway = await slowSender(app.url, 'POST /webhooks/stripe HTTP/1.1\r\n');
    await until(() => turnedAway.cutOff(), 'the eleventh to be closed');
    for (const sender of slow.splice(0)) sender.end();
    await until(
      () =>
        deliver(app, success('stripe')).then(
          ({ status }) => status === 200,
          () => false,
        ),
      'room for a genuine event',
    );
  });

  it('refusals of an address: as many as configured before they read 429', async () => {
    app = await startTestApp({ environment: { REFUSAL_BURST: '3', REFUSALS_PER_SECOND: '1' } });
    const forged = success('razorpay', { secret: 'a guess' });
    const answers = await Promise.all(Array.from({ length: 12 }, () => deliver(app, forged)));
    const limited = answers.filter(({ status }) => status === 429).length;
    expect(limited).toBeGreaterThan(0);
    expect(12 - limited).toBeGreaterThanOrEqual(3);
  });
});
