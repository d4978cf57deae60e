import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { announceUrl } from './listening.js';
import { quantiles } from '../load/orders.js';

/**
 * Systems that are told of events. Those below `/quick/` answer at once, those below `/hang/` never answer anything but their
 * challenge. `GET /` tells what arrived since the last `DELETE /`.
 */

interface Message {
  type: string;
  /** When the event was stored, a little before its commit. */
  timestamp: string;
  data: { challenge?: string };
}

/** Ids of events at each path that answers, and milliseconds from the event to its arrival. */
const arrived = new Map<string, Set<string>>();
let latencies: number[] = [];
let hanging = 0;
let repeated = 0;

const server = createServer((request, response) => {
  const at = Date.now();
  if (request.method === 'GET') return tell(response);
  if (request.method === 'DELETE') return forget(response);
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => receive(request, response, Buffer.concat(chunks), at));
});

function receive(request: IncomingMessage, response: ServerResponse, raw: Buffer, at: number): void {
  const { type, timestamp, data } = JSON.parse(raw.toString()) as Message;
  if (type === 'subscription.challenge') {
    response.end(JSON.stringify({ challenge: data.challenge }));
    return;
  }
  const path = request.url ?? '';
  if (path.startsWith('/hang/')) {
    hanging++;
    return;
  }
  response.writeHead(200, { 'content-length': 0 }).end();
  const ids = arrived.get(path) ?? new Set();
  const before = ids.size;
  arrived.set(path, ids.add(String(request.headers['webhook-id'])));
  if (ids.size === before) repeated++;
  else latencies.push(at - Date.parse(timestamp));
}

function tell(response: ServerResponse): void {
  const counts = Object.fromEntries([...arrived].map(([path, ids]) => [path, ids.size]));
  response.end(JSON.stringify({ counts, latency: quantiles(latencies), hanging, repeated }));
}

function forget(response: ServerResponse): void {
  arrived.clear();
  latencies = [];
  hanging = repeated = 0;
  response.end();
}

server.listen(0, '127.0.0.1', () => announceUrl(server));
