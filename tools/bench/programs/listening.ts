import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The line by which a program of the bench says that it is ready, and where. */
export const LISTENING = /listening on (http:\/\/\S+)$/;

export function announceUrl(server: Server): void {
  console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`);
}
