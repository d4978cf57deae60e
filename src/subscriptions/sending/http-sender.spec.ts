import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import http, { type ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { AUTHORITY, CERTIFICATE, CERTIFICATE_KEY } from '../../../test/support/certificates.js';
import { AddressGuard } from '../guard/address-guard.js';
import { HttpSender } from './http-sender.js';

/* The addresses are judged in ../guard/address-guard.spec.ts. */

let server: Server;
let port: number;
const received: { host: string | undefined; name: string | false | null; address: string | undefined }[] = [];

beforeAll(async () => {
  server = createServer({ cert: CERTIFICATE, key: CERTIFICATE_KEY }, (request, response) => {
    const { servername, localAddress } = request.socket as typeof request.socket & {
      servername: string | false;
    };
    received.push({ host: request.headers.host, name: servername, address: localAddress });
    response.end('ok');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

/** A sender that finds every name on this machine, and its look-ups. */
function senderOf(authorities: string | undefined) {
  const lookUps: string[] = [];
  const resolve = (name: string): Promise<readonly string[]> => {
    lookUps.push(name);
    return Promise.resolve(lookUps.length === 1 ? ['127.0.0.1'] : ['10.0.0.1']);
  };
  const sender = new HttpSender(
    new AddressGuard({ SUBSCRIPTION_NETWORKS: '127.0.0.0/8' }, { resolve } as never),
  );
  sender.authorities = authorities;
  const post = async (host: string) => {
    const result = await sender.post(new URL(`https://${host}:${port}/hook`), { headers: {}, body: '{}' });
    sender.abort();
    return result;
  };
  return { post, lookUps };
}

it('is delivered where the certificate is of the name, at the address that was judged', async () => {
  const { post, lookUps } = senderOf(AUTHORITY);
  expect(await post('members.example')).toMatchObject({ kind: 'answered', status: 200, answer: 'ok' });
  expect(lookUps).toEqual(['members.example']);
  expect(received).toEqual([
    { host: `members.example:${port}`, name: 'members.example', address: '127.0.0.1' },
  ]);
});

it.each([
  ['is of another name', 'other.example', AUTHORITY],
  ['is of a name, and not of the address', '127.0.0.1', AUTHORITY],
  ['is signed by nobody that is trusted', 'members.example', undefined],
])('is not sent where the certificate %s', async (_what, host, authorities) => {
  const before = received.length;
  expect(await senderOf(authorities).post(host)).toEqual({ kind: 'failed', reason: 'tls' });
  expect(received).toHaveLength(before);
});

describe('by http', () => {
  type Answer = (response: ServerResponse, socket: Socket) => void;

  let plain: http.Server;
  let sender: HttpSender;
  /** How each request is answered. The last one counts for all after it. */
  let answers: readonly Answer[] = [];
  let asked = 0;

  beforeAll(async () => {
    plain = http.createServer((request, response) => {
      const answer = answers[Math.min(asked++, answers.length - 1)];
      request.resume().on('end', () => answer?.(response, request.socket));
    });
    await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve));
  });
  beforeEach(() => {
    sender = new HttpSender(new AddressGuard({ SUBSCRIPTION_NETWORKS: '127.0.0.0/8' }, {} as never));
    asked = 0;
  });
  afterEach(() => sender.abort());
  afterAll(() => {
    plain.closeAllConnections();
    return new Promise((resolve) => plain.close(resolve));
  });

  const post = () =>
    sender.post(new URL(`http://127.0.0.1:${(plain.address() as AddressInfo).port}/hook`), {
      headers: {},
      body: '{}',
    });
  const ok: Answer = (response) => response.end('ok');
  const hang: Answer = () => undefined;
  const reset: Answer = (_response, socket) => socket.resetAndDestroy();
  /** Later than a connection that was closed while it was idle. */
  const resetLater: Answer = (_response, socket) => setTimeout(() => socket.resetAndDestroy(), 150);
  const resetInHead: Answer = (_response, socket) => {
    socket.write('HTTP/1.1 200 OK\r\ncontent-', () => socket.destroy());
  };
  const begin =
    (status: number): Answer =>
    (response) =>
      response.writeHead(status, { 'content-length': '100' }).write('half');

  it.each([
    ['is closed as it is used again is replaced, and the request repeated', [ok, reset, ok], 'ok', 3],
    ['is reset after a while has the request repeated by nobody', [ok, resetLater], 'connection_closed', 2],
    ['is closed in an answer has the request repeated by nobody', [ok, resetInHead], 'connection_closed', 2],
    ['is new and reset has the request repeated by nobody', [reset], 'connection_closed', 1],
  ])('a connection that %s', async (_what, theirs, outcome, times) => {
    answers = theirs;
    if (theirs[0] === ok) await post();
    expect(Object.values(await post())).toContain(outcome);
    expect(asked).toBe(times);
  });

  it('a try has one time limit, however often the request is sent', async () => {
    answers = [ok, reset, hang];
    await post();
    sender.timeoutMs = 200;
    const timeouts = jest.spyOn(globalThis, 'setTimeout');
    expect(await post()).toEqual({ kind: 'failed', reason: 'timeout' });
    const [first = 0, second = 0] = timeouts.mock.calls.map(([, ms]) => ms ?? 0).filter((ms) => ms > 100);
    timeouts.mockRestore();
    expect(asked).toBe(3);
    expect(second).toBeLessThan(first);
  });

  it.each([
    [410, { kind: 'answered', status: 410, answer: 'half' }],
    [503, { kind: 'answered', status: 503, answer: 'half' }],
    [200, { kind: 'failed', reason: 'timeout' }],
  ])('an answer of %i that never ends is told as %j', async (status, told) => {
    answers = [begin(status)];
    sender.timeoutMs = 200;
    expect(await post()).toMatchObject(told);
  });

  it.each([
    ['bytes that are no text', Buffer.alloc(65_536, 0xff), '\u{FFFD}'.repeat(21_845)],
    ['NUL', Buffer.alloc(65_536), '\u{FFFD}'.repeat(21_845)],
    ['characters across the limit', `x${'é'.repeat(40_000)}`, `x${'é'.repeat(32_767)}`],
    ['what fits', 'x'.repeat(65_536), 'x'.repeat(65_536)],
  ])(
    'of an answer of %s at most 64 kB of UTF-8 are kept, without half characters',
    async (_of, body, kept) => {
      answers = [(response) => response.end(body)];
      expect(await post()).toMatchObject({ status: 200, answer: kept });
    },
  );
});
