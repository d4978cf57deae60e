import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { AUTHORITY, CERTIFICATE, CERTIFICATE_KEY } from '../../../test/support/certificates.js';
import { AddressGuard } from '../guard/address-guard.js';
import { HttpSender } from './http-sender.js';

/* What is sent by https. The addresses are judged in ../guard/address-guard.spec.ts. */

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
