import { Injectable } from '@nestjs/common';
import http, { type ClientRequest } from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction, type Socket } from 'node:net';
import { AddressGuard, TargetRefusedError } from '../guard/address-guard.js';
import { AnswerReader, type ReadBytes } from './answer-reader.js';
import type { SendResult } from './send-result.js';

const TIMEOUT_MS = 10_000;
/** A connection that was closed while it was idle says so within a round trip. Later the request may have been handled. */
const IDLE_CLOSE_TOLD_WITHIN_MS = 100;

export interface OutgoingRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * Posts to subscribers. Addresses are judged for every connection: those of a name when it is resolved for the connection
 * (Node hands the judged addresses on to the socket), and an address in the URL before the request. Redirects are not
 * followed. An idle connection is used again for at most {@link IDLE_MS}.
 */
@Injectable()
export class HttpSender {
  /** From the start of a try to the last byte of its answer. */
  timeoutMs = TIMEOUT_MS;
  /** Authorities that certificates may be signed by, in place of those of Node. */
  authorities: string | undefined = undefined;
  private readonly agents: Readonly<Record<string, http.Agent>>;
  /** Their connections are new ones. */
  private readonly freshAgents: Readonly<Record<string, http.Agent>>;
  private readonly active = new Set<ClientRequest>();
  private readonly read: ReadBytes = { total: 0 };

  constructor(private readonly guard: AddressGuard) {
    this.agents = this.agentsWith(AGENT);
    this.freshAgents = this.agentsWith({ keepAlive: false });
  }

  /** Never rejects for what a subscriber or the network does. */
  async post(url: URL, message: OutgoingRequest): Promise<SendResult> {
    try {
      if (isLiteral(url)) await this.guard.addressesOf(url);
    } catch (error) {
      if (error instanceof TargetRefusedError) return { kind: 'failed', reason: error.reason };
      throw error;
    }
    const endsAt = performance.now() + this.timeoutMs;
    const first = await this.attempt(url, message, { agents: this.agents, endsAt });
    if (first !== 'idle_closed') return first;
    // The other side may close an idle connection in the moment in which it is used again: nothing was handled then.
    return asResult(await this.attempt(url, message, { agents: this.freshAgents, endsAt }));
  }

  /** Cuts every request that is under way, when the process ends. */
  abort(): void {
    for (const request of this.active) request.destroy();
    for (const agent of Object.values(this.agents)) agent.destroy();
  }

  private attempt(
    url: URL,
    { headers, body }: OutgoingRequest,
    { agents, endsAt }: { agents: Readonly<Record<string, http.Agent>>; endsAt: number },
  ): Promise<SendResult | 'idle_closed'> {
    return new Promise((resolve) => {
      const client = url.protocol === 'https:' ? https : http;
      const request = client.request(url, {
        method: 'POST',
        agent: agents[url.protocol],
        ca: this.authorities,
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      });
      let reader: AnswerReader | null = null;
      const fail = (failure: SendResult): void => end(reader?.brokenOff(failure) ?? failure);
      const timer = setTimeout(() => fail({ kind: 'failed', reason: 'timeout' }), endsAt - performance.now());
      const end = (result: SendResult | 'idle_closed', { isWhole = false } = {}): void => {
        clearTimeout(timer);
        reader?.forget();
        this.active.delete(request);
        if (!isWhole) request.destroy();
        resolve(result);
      };
      this.active.add(request);
      const wasIdle = idleClosed(request);
      request.on('error', (error) => (wasIdle(error) ? end('idle_closed') : fail(failureOf(error))));
      request.on('response', (response) => {
        const answer = new AnswerReader(response, this.read);
        reader = answer;
        response.on('data', (chunk: Buffer) => {
          if (!answer.add(chunk)) end(answer.answered());
        });
        response.on('end', () => end(answer.answered(), { isWhole: true }));
        response.on('error', (error) => fail(failureOf(error)));
      });
      request.end(body);
    });
  }

  private agentsWith(options: http.AgentOptions): Readonly<Record<string, http.Agent>> {
    return {
      'http:': new http.Agent({ ...options, lookup: this.lookupFor('http:') }),
      'https:': new https.Agent({ ...options, lookup: this.lookupFor('https:') }),
    };
  }

  private lookupFor(protocol: string): LookupFunction {
    return (hostname, options, callback) => {
      const host = hostname.includes(':') ? `[${hostname}]` : hostname;
      this.guard.addressesOf(new URL(`${protocol}//${host}`)).then(
        (addresses) => {
          const all = addresses.map((address) => ({ address, family: isIP(address) }));
          const [first] = all;
          if (options.all === true) callback(null, all);
          else callback(null, first?.address ?? '', first?.family);
        },
        (error: unknown) => callback(error as Error, ''),
      );
    };
  }
}

const IDLE_MS = 4_000;
/** As many idle ones as were under way: several subscribers may be at one host, and closing a part would open it again. */
const AGENT = { keepAlive: true, maxFreeSockets: Infinity, timeout: IDLE_MS, scheduling: 'lifo' } as const;

const isLiteral = ({ hostname }: URL): boolean => hostname.startsWith('[') || isIP(hostname) !== 0;

const asResult = (result: SendResult | 'idle_closed'): SendResult =>
  result === 'idle_closed' ? { kind: 'failed', reason: 'connection_closed' } : result;

/** Whether an error says that the connection was closed before the request: at once, with nothing of an answer read. */
function idleClosed(request: ClientRequest): (error: Error) => boolean {
  const startedAt = performance.now();
  let bytesBefore = 0;
  request.on('socket', (socket: Socket) => (bytesBefore = socket.bytesRead));
  return (error) =>
    request.reusedSocket &&
    isClosed(error) &&
    request.socket?.bytesRead === bytesBefore &&
    performance.now() - startedAt < IDLE_CLOSE_TOLD_WITHIN_MS;
}

const isClosed = (error: Error): boolean =>
  ['ECONNRESET', 'EPIPE'].includes((error as NodeJS.ErrnoException).code ?? '');

/** The error's code in words of ours. Its message may hold an address or text of the other side. */
function failureOf(error: Error): SendResult {
  if (error instanceof TargetRefusedError) return { kind: 'failed', reason: error.reason };
  const { code = '' } = error as NodeJS.ErrnoException;
  return {
    kind: 'failed',
    reason: REASONS[code] ?? (/CERT|TLS|SSL|SIGNATURE/.test(code) ? 'tls' : 'network'),
  };
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'connection_refused',
  ECONNRESET: 'connection_closed',
  EPIPE: 'connection_closed',
  EPROTO: 'tls',
  ETIMEDOUT: 'timeout',
  ENOTFOUND: 'unresolvable',
};
