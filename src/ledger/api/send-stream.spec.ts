import { describe, expect, it } from '@jest/globals';
import express, { type Response } from 'express';
import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { sendStream } from './send-stream.js';

const STALL_MS = 50;
const PART = 'x'.repeat(64 * 1024);

/** Serves one request by `serve`, to a reader that does what `read` says with its socket. */
async function exchange(
  read: (socket: Socket) => void,
  serve: (response: Response) => Promise<void>,
): Promise<void> {
  const app = express();
  const served = new Promise<void>((resolve, reject) => {
    app.get('/', (_request, response) => void serve(response).then(resolve, reject));
  });
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1');
  socket.on('error', () => undefined);
  socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  read(socket);
  const closed = once(socket, 'close');
  await served;
  if (!socket.isPaused()) await closed;
  socket.destroy();
  server.close();
}

describe('a body that is sent in parts', () => {
  it('is given up where the reader takes nothing, and its generator ends', async () => {
    let [stalls, ends] = [0, 0];
    async function* endless(): AsyncGenerator<string> {
      try {
        for (;;) yield await Promise.resolve(PART);
      } finally {
        ends++;
      }
    }
    await exchange(
      (socket) => socket.pause(),
      (response) => sendStream(response, endless(), {}, { afterMs: STALL_MS, onStall: () => stalls++ }),
    );
    expect([stalls, ends]).toEqual([1, 1]);
  });

  it('waits for its own parts, however long they take', async () => {
    let stalls = 0;
    let told = '';
    await exchange(
      (socket) => socket.on('data', (chunk: Buffer) => (told += chunk.toString())),
      async (response) => {
        async function* slow(): AsyncGenerator<string> {
          yield 'first';
          await once(response, 'timeout');
          yield 'second';
        }
        await sendStream(response, slow(), {}, { afterMs: STALL_MS, onStall: () => stalls++ });
      },
    );
    expect(stalls).toBe(0);
    expect(told).toContain('second');
  });
});
