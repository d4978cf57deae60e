import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import type { SignedRequest } from '../../src/simulator/gateway-simulator.js';
import { API_KEY } from './test-app.js';

/** How long a sender waits for a process that was killed, or closed its port, as it was dealt the connection. */
const PATIENCE_MS = 5_000;

/** Over a connection of its own, which is closed with the answer: any of several processes may get it. */
export async function lonePost(
  url: string,
  { path, headers, body }: SignedRequest,
): Promise<{ status: number; body: string }> {
  const outgoing = request(url + path, {
    method: 'POST',
    headers: { ...headers, 'content-length': body.length },
    agent: false,
    signal: AbortSignal.timeout(PATIENCE_MS),
  }).end(body);
  return heard(outgoing);
}

/** Begins a POST and waits until a process has its headers and asks for more; `finish` sends the body. */
export async function begunPost(
  url: string,
  { path, headers, body }: SignedRequest,
): Promise<{ finish(): Promise<{ status: number; body: string }> }> {
  const outgoing = request(url + path, {
    method: 'POST',
    headers: { ...headers, 'content-length': body.length, expect: '100-continue' },
    agent: false,
  });
  outgoing.flushHeaders();
  const answer = heard(outgoing);
  // Heard by who finishes; it may break before.
  answer.catch(() => undefined);
  await once(outgoing, 'continue');
  return {
    finish: () => {
      outgoing.end(body);
      return answer;
    },
  };
}

/** A GET with the operator's key over a connection of its own. */
export async function loneGet(url: string): Promise<string> {
  const headers = { authorization: `Bearer ${API_KEY}` };
  const signal = AbortSignal.timeout(PATIENCE_MS);
  return (await heard(request(url, { headers, agent: false, signal }).end())).body;
}

async function heard(outgoing: ReturnType<typeof request>): Promise<{ status: number; body: string }> {
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage];
  return { status: incoming.statusCode ?? 0, body: await text(incoming) };
}
