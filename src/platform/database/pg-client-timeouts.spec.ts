import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { DataSource } from 'typeorm';
import { isDatabaseUnavailable } from './database-unavailable.js';
import { withServiceTimeouts } from './pg-client-timeouts.js';

/** A message of PostgreSQL's protocol: its letter, its length, what it says. */
function message(letter: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(letter), length, body]);
}

const AUTHENTICATED = message('R', Buffer.alloc(4));
const READY = message('Z', Buffer.from('I'));
const SHUTTING_DOWN = message('E', Buffer.from('SFATAL\0C57P01\0Mterminating connection\0\0'));

let server: Server;
beforeEach(async () => {
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => socket.end(Buffer.concat([AUTHENTICATED, READY, SHUTTING_DOWN])));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterEach(() => new Promise((resolve) => server.close(resolve)));

it('outlives a server that is stopped at the moment a connection stands', async () => {
  const { port } = server.address() as AddressInfo;
  const options = withServiceTimeouts(
    { type: 'postgres', host: '127.0.0.1', port, username: 'payhook', database: 'payhook', extra: {} },
    { ms: 1_000 },
  );
  const error: unknown = await new DataSource(options).initialize().catch((error: unknown) => error);
  expect(isDatabaseUnavailable(error)).toBe(true);
});
