import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { announceUrl } from './listening.js';
import { isSigned } from './stripe-check.js';

/** Of an event, all that a bare program reads. */
export interface BareEvent {
  id: string;
}

/** `node:http` and nothing else: bytes, HMAC, JSON. What is to be done before the answer is `store`. */
export function serveBare(store: (event: BareEvent, raw: Buffer) => Promise<void> | null): void {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => answer(request, response, Buffer.concat(chunks)));
  });

  function answer(request: IncomingMessage, response: ServerResponse, raw: Buffer): void {
    if (!isSigned(raw, request.headers['stripe-signature'])) return end(response, 401, '{}');
    const stored = store(JSON.parse(raw.toString('utf8')) as BareEvent, raw);
    if (stored === null) return end(response, 200, '{"status":"accepted"}');
    stored.then(
      () => end(response, 200, '{"status":"accepted"}'),
      () => end(response, 503, '{}'),
    );
  }

  server.listen(0, '127.0.0.1', () => announceUrl(server));
}

function end(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': text.length });
  response.end(text);
}
