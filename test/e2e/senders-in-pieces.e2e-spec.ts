import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect } from 'node:net';
import type { SignedRequest } from '../../src/simulator/gateway-simulator.js';
import { pipelined } from '../support/pipelining.js';
import { success } from '../support/requests.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp({ environment: { REFUSALS_KEPT: '0' } });
});
afterAll(() => app.close());

/** As many as a body may come in. */
const MAX_PIECES = 16_384;
const PIECE = /[^]/g;

/** The request with each byte of its body in a chunk of its own, and blanks before it. */
function inPieces({ path, headers, body }: SignedRequest, blanks: number): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${String(value)}`);
  const head = [`POST ${path} HTTP/1.1`, 'host: service', 'transfer-encoding: chunked', ...lines].join(
    '\r\n',
  );
  const text = ' '.repeat(blanks) + body.toString('latin1');
  return `${head}\r\n\r\n${text.replace(PIECE, (byte) => `1\r\n${byte}\r\n`)}0\r\n\r\n`;
}

/** The status of the first answer. */
const statusOf = (wire: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const { hostname, port } = new URL(app.url);
    const socket = connect(Number(port), hostname).on('error', reject);
    socket.once('data', (chunk) => {
      resolve(Number(chunk.toString('latin1').slice(9, 12)));
      socket.destroy();
    });
    socket.write(wire);
  });

describe('a body in pieces of one byte', () => {
  it('is put together as it was signed', async () => {
    expect(await statusOf(inPieces(success('razorpay'), 0))).toBe(200);
  });

  it('is not read beyond so many pieces, of which each takes a hundred times its byte', async () => {
    const forged = success('razorpay', { secret: 'a guess' });
    expect(await statusOf(inPieces(forged, MAX_PIECES / 2))).toBe(401);
    expect(await statusOf(inPieces(forged, MAX_PIECES))).toBe(413);
  });
});

it('an expectation that Node does not know is no way round the bound on requests', async () => {
  const wire = 'GET /webhooks/x HTTP/1.1\r\nhost: service\r\nexpect: the-unexpected\r\n\r\n';
  const { answers } = await pipelined(app.url, wire, 990);
  expect(answers.get(417)).toBeUndefined();
});
