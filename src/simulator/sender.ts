import { Agent as HttpAgent, type IncomingMessage, request as httpRequest } from 'node:http';
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https';
import { type SignedRequest } from './gateway-simulator.js';

export interface ServiceResponse {
  status: number;
  body: string;
  retryAfter: string | null;
}

const RESPONSE_TIMEOUT_MS = 30_000;
const keepAlive = { keepAlive: true, maxSockets: 64 };
const http = { request: httpRequest, agent: new HttpAgent(keepAlive) };
const https = { request: httpsRequest, agent: new HttpsAgent(keepAlive) };

/**
 * Sends a request as it is, over keep-alive connections. Resolves with any status. Rejects if there is no response: the
 * connection fails, or `timeoutMs` pass without data. It never retries; the caller decides.
 */
export function sendRequest(
  baseUrl: string,
  { path, headers, body }: SignedRequest,
  { method = 'POST', timeoutMs = RESPONSE_TIMEOUT_MS }: { method?: 'GET' | 'POST'; timeoutMs?: number } = {},
): Promise<ServiceResponse> {
  // The path is used as text: a URL parser would remove the `..` of a hostile path.
  const { protocol, hostname, port } = new URL(baseUrl);
  const { request, agent } = protocol === 'https:' ? https : http;
  const base = { method, hostname: hostname.replace(/^\[|\]$/g, ''), port, path, agent };
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { ...base, headers: { ...headers, 'content-length': body.length }, timeout: timeoutMs },
      (incoming) => void readResponse(incoming).then(resolve, reject),
    );
    outgoing.on('timeout', () => outgoing.destroy(new Error(`no answer within ${timeoutMs} ms`)));
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

async function readResponse(incoming: IncomingMessage): Promise<ServiceResponse> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  const body = Buffer.concat(chunks).toString('utf8');
  return { status: incoming.statusCode ?? 0, body, retryAfter: incoming.headers['retry-after'] ?? null };
}

/** Closes the keep-alive connections, so that the process can end at once. */
export function closeConnections(): void {
  http.agent.destroy();
  https.agent.destroy();
}
