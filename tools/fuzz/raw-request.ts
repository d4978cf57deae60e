import { connect } from 'node:net';

/** Longer than the service waits for anything that a whole request needs. */
const RESPONSE_TIMEOUT_MS = 20_000;

/**
 * Writes bytes to a connection of their own, ends our half, and reads to the end: for requests that no HTTP client
 * would write. Answers with the first status, or null where the service hung up without one, as it may on what is no
 * HTTP. Rejects when it neither answers nor hangs up, or is not there.
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
      socket.destroy(new Error(`neither an answer nor an end within ${RESPONSE_TIMEOUT_MS} ms`));
      connected = false;
    });
    socket.on('data', (chunk: Buffer) => chunks.push(chunk));
    const statusOf = (): number | null => {
      const status = /^HTTP\/1\.1 (\d{3}) /.exec(Buffer.concat(chunks).toString('latin1'))?.[1];
      return status === undefined ? null : Number(status);
    };
    // A reset is how a service ends a request that it stopped reading.
    socket.once('error', (error) => (connected ? resolve(statusOf()) : reject(error)));
    socket.once('close', () => resolve(statusOf()));
  });
}

export interface RawHead {
  method: string;
  path: string;
  headers: readonly (readonly [string, string])[];
}

/** A request as it goes over the wire; nothing is checked, and Latin-1 lets every byte through. */
export function toRawRequest({ method, path, headers }: RawHead, body: Buffer): Buffer {
  const lines = [`${method} ${path} HTTP/1.1`, ...headers.map(([name, value]) => `${name}: ${value}`)];
  return Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1'), body]);
}
