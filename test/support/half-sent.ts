import { connect } from 'node:net';
import type { SignedRequest } from '../../src/simulator/gateway-simulator.js';

/** Sends a message up to the middle of its body and is gone, as a sender that crashed; resolves once it is. */
export async function sendHalf(baseUrl: string, { path, headers, body }: SignedRequest): Promise<void> {
  const { hostname, port } = new URL(baseUrl);
  const lines = [
    `POST ${path} HTTP/1.1`,
    'Host: localhost',
    ...Object.entries({ ...headers, 'content-length': body.length }).map(
      ([name, value]) => `${name}: ${value}`,
    ),
  ];
  const half = body.subarray(0, body.length / 2);
  await new Promise<void>((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    socket.on('error', reject);
    socket.on('close', () => resolve());
    socket.write(Buffer.concat([Buffer.from(`${lines.join('\r\n')}\r\n\r\n`), half]), () => socket.destroy());
  });
}
