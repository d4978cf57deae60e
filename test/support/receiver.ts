import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Webhook } from 'standardwebhooks';
import type { Json } from './test-app.js';

/** A message as a subscriber received it, after its signature was checked. */
export interface ReceivedMessage {
  readonly id: string;
  readonly path: string;
  readonly body: Json;
  /** The body as it came. */
  readonly text: string;
  readonly headers: IncomingMessage['headers'];
  /** What was answered. */
  readonly answer: string;
}

/** How a subscriber answers an event. `hang` never answers, and `cut` closes the connection in the middle of an answer. */
export type Behaviour = number | 'hang' | 'cut' | 'endless' | 'slow' | Answer;

interface Answer {
  status: number;
  headers: Record<string, string>;
  /** The answer is held until this resolves. */
  after?: Promise<void>;
}

/**
 * A system that subscribed: it verifies every message with `standardwebhooks` and answers the challenge. What does not
 * verify is kept in `forged`.
 */
export class Receiver {
  private readonly received = new Map<string, ReceivedMessage[]>();
  private readonly tries = new Map<string, number>();
  readonly forged: string[] = [];
  /** Every path that was asked for. */
  readonly paths = new Set<string>();
  readonly challenges: Pick<ReceivedMessage, 'body' | 'headers'>[] = [];
  /** What a challenge on this path is answered, without what it asks for. */
  readonly lies = new Map<string, number | 'hang'>();
  /** The secrets that are tried, by path. */
  readonly secrets = new Map<string, string>();
  private readonly underWay = new Map<string, { now: number; most: number }>();
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

  /**
   * How many events were under way on this path at the same time, at the most. An event is counted until its answer is
   * begun: the sender may start another one before the end of the answer is noticed here.
   */
  mostUnderWay(path: string): number {
    return this.underWay.get(path)?.most ?? 0;
  }

  underWayNow(path: string): number {
    return this.underWay.get(path)?.now ?? 0;
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
    this.paths.add(path);
    const body = this.verify(path, text, request.headers);
    if (body === null) return void response.writeHead(401).end();
    if (body.type !== 'subscription.challenge')
      return behaveAs(this.note(path, text, body, request.headers), response, this.begin(path));
    this.challenges.push({ body, headers: request.headers });
    const lie = this.lies.get(path);
    if (lie === 'hang') return;
    const challenge = lie === undefined ? body.data.challenge : 'something else';
    response.writeHead(lie ?? 200).end(JSON.stringify({ challenge }));
  }

  /** How the message is answered. */
  private note(path: string, text: string, body: Json, headers: IncomingMessage['headers']): Behaviour {
    const id = String(headers['webhook-id']);
    const nth = this.tries.get(path + id) ?? 0;
    this.tries.set(path + id, nth + 1);
    const behaviour = this.behaviours.get(path)?.(nth, body) ?? 200;
    const events = this.received.get(path) ?? [];
    events.push({ id, path, body, text, headers, answer: JSON.stringify(behaviour) });
    this.received.set(path, events);
    return behaviour;
  }

  /** An event is under way from now on, until the function that is returned is called. */
  private begin(path: string): () => void {
    const count = this.underWay.get(path) ?? { now: 0, most: 0 };
    count.now++;
    count.most = Math.max(count.most, count.now);
    this.underWay.set(path, count);
    return () => void count.now--;
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

/** `end` is called once, when the answer is begun, or when there will be none. */
function behaveAs(behaviour: Behaviour, response: ServerResponse, end: () => void): void {
  const respond = (status: number, headers: Record<string, string>, body = ''): void => {
    end();
    response.writeHead(status, headers).end(body);
  };
  if (behaviour === 'slow') setTimeout(() => respond(200, {}, 'ok'), 60);
  else if (typeof behaviour === 'number') respond(behaviour, {}, 'ok');
  else if (typeof behaviour === 'object')
    void Promise.resolve(behaviour.after).then(() => respond(behaviour.status, behaviour.headers));
  else {
    response.on('close', end);
    if (behaviour === 'cut') cut(response);
    else if (behaviour === 'endless') sendWithoutEnd(response);
  }
}

function cut(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': '100' });
  response.write('half', () => response.destroy());
}

function sendWithoutEnd(response: ServerResponse): void {
  response.writeHead(200);
  const chunk = Buffer.alloc(64 * 1024, 'x');
  const send = (): void => {
    while (!response.destroyed && response.write(chunk));
    if (!response.destroyed) response.once('drain', send);
  };
  send();
}
