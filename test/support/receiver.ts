import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Webhook } from 'standardwebhooks';
import type { Json } from './test-app.js';

/** A message as a subscriber received it, after its signature was checked. */
export interface ReceivedMessage {
  readonly id: string;
  readonly path: string;
  readonly body: Json;
  readonly headers: IncomingMessage['headers'];
  /** What was answered. */
  readonly answer: string;
  readonly at: number;
}

/** How a subscriber answers an event. `hang` never answers, and `cut` closes the connection in the middle of an answer. */
export type Behaviour =
  number | 'hang' | 'cut' | 'endless' | 'slow' | { status: number; headers: Record<string, string> };

/**
 * A system that subscribed: it verifies every message with `standardwebhooks` and answers the challenge. What does not
 * verify is kept in `forged`.
 */
export class Receiver {
  private readonly received = new Map<string, ReceivedMessage[]>();
  private readonly tries = new Map<string, number>();
  readonly forged: string[] = [];
  /** How many requests were under way at the same time, at the most. */
  mostUnderWay = 0;
  /** What a challenge on this path is answered, without what it asks for. */
  readonly lies = new Map<string, number>();
  /** The secrets that are tried, by path. */
  readonly secrets = new Map<string, string>();
  private underWay = 0;
  private readonly behaviours = new Map<string, (nth: number, message: Json) => Behaviour>();
  private readonly sockets = new Set<Socket>();
  private readonly server = createServer((request, response) => void this.answer(request, response)).on(
    'connection',
    (socket: Socket) => {
      this.sockets.add(socket);
      socket.on('close', () => this.sockets.delete(socket));
    },
  );

  static async start(): Promise<Receiver> {
    const receiver = new Receiver();
    await new Promise<void>((resolve) => receiver.server.listen(0, '127.0.0.1', resolve));
    return receiver;
  }

  url(path = '/hook'): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}${path}`;
  }

  /** How events on this path are answered from now on. */
  behave(path: string, behaviour: Behaviour | ((nth: number, message: Json) => Behaviour)): void {
    this.behaviours.set(path, typeof behaviour === 'function' ? behaviour : () => behaviour);
  }

  events(path = '/hook'): ReceivedMessage[] {
    return this.received.get(path) ?? [];
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    const path = request.url ?? '';
    this.underWay++;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    response.on('close', () => this.underWay--);
    const body = this.verify(path, text, request.headers);
    if (body === null) return void response.writeHead(401).end();
    if (body.type !== 'subscription.challenge')
      return behaveAs(this.note(path, body, request.headers), response);
    const lie = this.lies.get(path);
    const challenge = lie === undefined ? body.data.challenge : 'something else';
    response.writeHead(lie ?? 200).end(JSON.stringify({ challenge }));
  }

  /** How the message is answered. */
  private note(path: string, body: Json, headers: IncomingMessage['headers']): Behaviour {
    const id = String(headers['webhook-id']);
    const nth = this.tries.get(path + id) ?? 0;
    this.tries.set(path + id, nth + 1);
    const behaviour = this.behaviours.get(path)?.(nth, body) ?? 200;
    const events = this.received.get(path) ?? [];
    events.push({ id, path, body, headers, answer: JSON.stringify(behaviour), at: performance.now() });
    this.received.set(path, events);
    return behaviour;
  }

  private verify(path: string, text: string, headers: IncomingMessage['headers']): Json {
    const secret = this.secrets.get(path);
    // The challenge may come before the test has read the secret.
    if (secret === undefined) return JSON.parse(text);
    try {
      return new Webhook(secret).verify(text, headers as Record<string, string>) as Json;
    } catch {
      this.forged.push(text);
      return null;
    }
  }
}

function behaveAs(behaviour: Behaviour, response: ServerResponse): void {
  if (behaviour === 'hang') return;
  if (behaviour === 'cut') {
    response.writeHead(200, { 'content-length': '100' });
    response.write('half');
    setTimeout(() => response.destroy(), 20);
  } else if (behaviour === 'endless') {
    response.writeHead(200);
    const chunk = Buffer.alloc(64 * 1024, 'x');
    const send = (): void => {
      while (!response.destroyed && response.write(chunk));
      if (!response.destroyed) response.once('drain', send);
    };
    send();
  } else if (behaviour === 'slow') setTimeout(() => response.end('ok'), 60);
  else if (typeof behaviour === 'number') response.writeHead(behaviour).end('ok');
  else response.writeHead(behaviour.status, behaviour.headers).end();
}
