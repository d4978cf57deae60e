import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { LeanExpressAdapter } from '../../src/platform/http/lean-express.adapter.js';
import { toWireBytes } from '../../tools/flood/pipelined-connection.js';
import { inParallel } from '../support/in-parallel.js';
import { abandoned, pipelined } from '../support/pipelining.js';
import { deliver, success } from '../support/requests.js';
import { startTestApp, type TestApp, until } from '../support/test-app.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

let app: TestApp;
beforeEach(async () => {
  app = await startTestApp({ environment: { REFUSALS_KEPT: '0', METRICS_PUBLIC: '1' } });
});
afterEach(() => app.close());

const admission = () => (app.app.getHttpAdapter() as unknown as LeanExpressAdapter).admission;
const get = (path: string): string => `GET ${path} HTTP/1.1\r\nhost: service\r\n\r\n`;
const many = (wire: Buffer | string): Buffer => Buffer.concat(Array(60).fill(Buffer.from(wire)));
const forged = () => toWireBytes(success('razorpay', { secret: 'a guess' }), 'service');
const idle = () =>
  until(
    () => admission().active + admission().waiting + admission().receiving === 0,
    'nothing to be under way',
  );

describe('senders that go away while their requests stand in line', () => {
  it.each([
    ['forged webhooks', () => many(forged())],
    ['whole webhooks and half of one', () => Buffer.concat([many(forged()), forged().subarray(0, -10)])],
    ['requests for health', () => many(get('/health/ready'))],
    ['requests for nothing', () => many(get('/nope'))],
  ])('leave nothing behind: %s', async (_what, wire) => {
    const seen: WeakRef<object>[] = [];
    app.app.getHttpServer().prependListener('request', (request) => seen.push(new WeakRef(request)));
    await inParallel(Array.from({ length: 25 }, wire), 8, (all) => abandoned(app.url, all));
    await idle();
    expect((await deliver(app, success('razorpay'))).status).toBe(200);
    expect(seen.length).toBeGreaterThan(1_000);
    await until(() => {
      collectGarbage();
      return seen.filter((request) => request.deref() !== undefined).length < 40;
    }, 'the requests to be let go');
  });
});

describe('hundreds of requests in each of many connections', () => {
  it.each(['/webhooks/x', '/health/live', '/nope', '/stats'])(
    'to %s wait in the kernel, are answered or cut off, and genuine events are taken meanwhile',
    async (path) => {
      let most = 0;
      const server = app.app.getHttpServer();
      server.on('request', () => (most = Math.max(most, admission().waiting)));
      const crowd = Promise.all(Array.from({ length: 30 }, () => pipelined(app.url, get(path), 990)));
      for (let nth = 0; nth < 10; nth++) expect((await deliver(app, success('razorpay'))).status).toBe(200);
      for (const { answers, closed } of await crowd) {
        const answered = [...answers.values()].reduce((sum, count) => sum + count, 0);
        expect(closed || answered === 990).toBe(true);
      }
      // Of 29,700: the room for those that wait behind others, and one for each connection.
      expect(most).toBeLessThan(2_100);
      await idle();
      const metrics = await (await fetch(`${app.url}/metrics`)).text();
      expect(metrics).toMatch(/^payhook_requests_under_way 1$/m);
      expect(metrics).toMatch(/^payhook_requests_waiting 0$/m);
    },
  );
});
