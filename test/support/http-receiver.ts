import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Webhook } from 'standardwebhooks';
import type { Json } from './test-app.js';

/** A message as the receiver took it from a request that its library verified. */
export interface ReceivedMessage {
  id: string;
  type: string;
  timestamp: string;
  data: Json;
}

/** What the receiver does with a request. Without an answer it hangs. */
export type Behaviour = (response: ServerResponse, socket: Socket) => void;

export const answer =
  (status: number, headers: Record<string, string> = {}, body = ''): Behaviour =>
  (response) =>
    void response.writeHead(status, headers).end(body);

/** As receivers misbehave. */
export const HANGS: Behaviour = () => undefined;
export const CUTS_THE_HEAD: Behaviour = (_response, socket) => {
  socket.write('HTTP/1.1 200 O', () => socket.destroy());
};
export const TALKS_GARBAGE: Behaviour = (_response, socket) => void socket.end('SMTP? 220 hello\r\n\r\n');
/** Takes the message, and then breaks off in its answer. */
export const CUTS_THE_BODY: Behaviour = (response, socket) => {
  response.writeHead(200, { 'content-length': '1000' });
  response.write('half', () => socket.destroy());
};
/** Takes the message, and then talks for ever. */
export const DRIPS: Behaviour = (response) => {
  response.writeHead(200);
  const drops = setInterval(() => response.write('.'), 5);
  response.on('close', () => clearInterval(drops));
};
export const FLOODS: Behaviour = (response) => {
  const chunk = 'x'.repeat(64 * 1024);
  const pour = (): void => {
    while (!response.destroyed && response.write(chunk));
  };
  response.writeHead(200).on('drain', pour);
  pour();
};

/** A real receiver of signed messages on loopback. It takes what its library verifies, and misbehaves when told to. */
export class HttpReceiver {
  readonly messages: ReceivedMessage[] = [];
  /** Every request, whatever became of it. */
  readonly requests: { path: string; headers: IncomingMessage['headers'] }[] = [];
  /** Requests without a signature that holds. */
  forged = 0;
  private behaviour: Behaviour | null = null;
  private readonly held = new Set<ServerResponse>();
  private readonly server = createServer((request, response) => void this.take(request, response));

  private constructor(private readonly secret: string) {
    this.server.on('clientError', (_error, socket) => socket.destroy());
  }

  static async start(secret: string): Promise<HttpReceiver> {
    const receiver = new HttpReceiver(secret);
    await new Promise<void>((resolve) => receiver.server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/messages`;
  }

  /** How many requests hang. */
  get waiting(): number {
    return [...this.held].filter(({ destroyed }) => !destroyed).length;
  }

  /** Does this with every request from now on, and keeps none of their messages. */
  behave(behaviour: Behaviour): void {
    this.behaviour = behaviour;
  }

  /** Takes messages again; those of requests that hang, too. */
  recover(): void {
    this.behaviour = null;
    for (const response of this.held) response.writeHead(503).end();
    this.held.clear();
  }

  ofKind(kind: string): ReceivedMessage[] {
    return this.messages.filter(({ data }) => (data as { kind: string }).kind === kind);
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    this.requests.push({ path: request.url ?? '', headers: request.headers });
    const { behaviour } = this;
    if (behaviour !== null) {
      if (behaviour === HANGS) this.held.add(response);
      return behaviour(response, request.socket);
    }
    const headers = request.headers as Record<string, string>;
    try {
      const body = new Webhook(this.secret).verify(Buffer.concat(chunks), headers) as ReceivedMessage;
      this.messages.push({ ...body, id: headers['webhook-id'] ?? '' });
      response.writeHead(204).end();
    } catch {
      this.forged++;
      response.writeHead(401).end();
    }
  }
}
