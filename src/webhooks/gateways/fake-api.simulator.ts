import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One GET to a gateway's API. `path` has no query. */
export interface FakeApiRequest {
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
}

export interface FakeApiReply {
  readonly status: number;
  /** JSON. */
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * What an API does instead of answering: another reply, or
 * - `hang`: the connection stays open, and nothing is sent
 * - `redirect`: 302 to a path that counts who follows
 * - `not-json`: a page in HTML, with status 200
 * - `too-large`: JSON of 300 KiB, with status 200
 */
export type FakeApiFault = FakeApiReply | 'hang' | 'redirect' | 'not-json' | 'too-large';

const REDIRECT_TARGET = '/elsewhere';

/**
 * A gateway's API on loopback: it answers GET by the function that it was given, counts requests and has planned faults.
 * A gateway's own stand-in holds the objects and says how they are answered.
 */
export class FakeApiServer {
  /** Number of redirects that the service followed. It must stay 0. */
  redirectsFollowed = 0;
  /** The path and query of each request, in the order of arrival. */
  readonly requests: string[] = [];
  private readonly faults = new Map<string, { fault: FakeApiFault; left: number }>();
  private readonly server: Server;

  private constructor(private readonly answer: (request: FakeApiRequest) => FakeApiReply) {
    this.server = createServer(({ method, url = '/', headers }, response) => {
      const { pathname: path, searchParams: query } = new URL(url, 'http://loopback');
      this.requests.push(url);
      if (path === REDIRECT_TARGET) this.redirectsFollowed++;
      const fault = this.takeFault(path);
      if (typeof fault === 'string') sendFault(fault, response);
      else if (fault) sendReply(fault, response);
      else if (method !== 'GET') sendReply({ status: 405, body: {} }, response);
      else sendReply(this.answer({ path, query, headers }), response);
    });
  }

  /** Port 0 means any free port. Rejects if the port is in use. */
  static async start(answer: (request: FakeApiRequest) => FakeApiReply, port = 0): Promise<FakeApiServer> {
    const api = new FakeApiServer(answer);
    await new Promise<void>((resolve, reject) => {
      api.server.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
    return api;
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The next `times` requests for this path end in the fault; all of them by default. Zero ends a fault. */
  plan(path: string, fault: FakeApiFault, times = Infinity): void {
    this.faults.set(path, { fault, left: times });
  }

  /** The number of requests for this path so far, whatever their query. */
  count(path: string): number {
    return this.requests.filter((url) => url.split('?', 1)[0] === path).length;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    await closed;
  }

  private takeFault(path: string): FakeApiFault | null {
    const planned = this.faults.get(path);
    if (!planned || planned.left <= 0) return null;
    planned.left--;
    return planned.fault;
  }
}

function sendFault(fault: Extract<FakeApiFault, string>, response: ServerResponse): void {
  if (fault === 'redirect') response.writeHead(302, { location: REDIRECT_TARGET }).end();
  else if (fault === 'not-json')
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html></html>');
  else if (fault === 'too-large')
    sendReply({ status: 200, body: { padding: 'x'.repeat(300 * 1024) } }, response);
}

function sendReply({ status, body, headers }: FakeApiReply, response: ServerResponse): void {
  response
    .writeHead(status, { 'content-type': 'application/json', ...headers })
    .end(typeof body === 'string' ? body : JSON.stringify(body));
}
