import { connect } from 'node:net';

/** Longer than any limit of the service on a complete request. */
const RESPONSE_TIMEOUT_MS = 20_000;

/**
 * Sends raw bytes over a new connection, closes the writing side, and reads to the end. For requests that no HTTP client
 * would send. Resolves with the first status, or null if the service closed the connection without one, which it may do
 * with bytes that are not HTTP. Rejects if it neither responds nor closes, or cannot be reached.
 */
export function sendRaw(baseUrl: string, bytes: Buffer): Promise<number | null> {
  const { hostname, port } = new URL(baseUrl);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port) });
    const chunks: Buffer[] = [];
    let connected = false;
    socket.once('connect', () => {
      connected = true;
      socket.end(bytes);
    });
    socket.setTimeout(RESPONSE_TIMEOUT_MS, () => {
      socket.destroy(
        new Error(`the service neither responded nor closed the connection within ${RESPONSE_TIMEOUT_MS} ms`),
      );
      connected = false;
    });
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    const statusOf = (): number | null => {
      const status = /^HTTP\/1\.1 (\d{3}) /.exec(Buffer.concat(chunks).toString('latin1'))?.[1];
      return status === undefined ? null : Number(status);
    };
    // The service resets a connection whose request it stopped reading.
    socket.once('error', (error) => (connected ? resolve(statusOf()) : reject(error)));
    socket.once('close', () => resolve(statusOf()));
  });
}

export interface RawHead {
  method: string;
  path: string;
  headers: readonly (readonly [string, string])[];
}

/** The bytes of a request. Nothing is checked; Latin-1 allows every byte. */
export function toRawRequest({ method, path, headers }: RawHead, body: Buffer): Buffer {
  const lines = [`${method} ${path} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`)];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body]);
}
