import { randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createTcpServer } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import { EventList } from './event-list.js';
import type { Answer, Habit } from './subscriber-habits.js';

/** A request with an event, whose signature was verified. Times of `performance.now()`. */
export interface Arrival {
  eventId: string;
  body: string;
  at: number;
  says: Answer['says'];
}

/** One subscription, seen from the other side. */
export class ChaosSubscriber {
  /** The service's id of the subscription. */
  id = '';
  readonly secret = `whsec_${randomBytes(32).toString('base64')}`;
  readonly arrivals: Arrival[] = [];
  /** How many arrivals were judged in rounds before. */
  judged = 0;
  challenges = 0;
  private readonly webhook = new Webhook(this.secret);
  private readonly tries = new Map<string, number>();
  private firstAt: number | null = null;

  constructor(
    readonly habit: Habit,
    readonly path: string,
  ) {}

  beginRound(): void {
    this.firstAt = null;
  }

  /** Throws where the signature does not hold. */
  verify(body: Buffer, headers: IncomingMessage['headers']): { type: string; data: { challenge?: string } } {
    return this.webhook.verify(body, headers as Record<string, string>) as ReturnType<
      ChaosSubscriber['verify']
    >;
  }

  take(eventId: string, body: string): Answer {
    const at = performance.now();
    this.firstAt ??= at;
    const before = this.tries.get(eventId) ?? 0;
    const nth = this.tries.size - (before > 0 ? 1 : 0);
    this.tries.set(eventId, before + 1);
    const answer = this.habit.answer({ before, nth, sinceMs: at - this.firstAt });
    this.arrivals.push({ eventId, body, at, says: answer.says });
    return answer;
  }

  answerChallenge(challenge: string | undefined): string {
    const isLie = this.challenges++ < this.habit.lies;
    return JSON.stringify({ challenge: isLie ? 'another' : challenge });
  }
}

/** The subscribers of all rounds on one port of loopback, and a port that nobody may connect to. */
export class ChaosSubscribers {
  readonly all = new Map<string, ChaosSubscriber>();
  /** What they are compared with. */
  readonly log = new EventList();
  /** Why requests were refused: what is not signed as the library verifies it, and what nobody subscribed to. */
  readonly forged: string[] = [];
  /** Connections to where a subscriber redirects to. */
  strays = 0;
  /** Called after an event was received, and before the success is answered. */
  onAccepted: (() => Promise<void> | void) | null = null;
  private readonly server = createServer((request, response) => void this.answer(request, response));
  private readonly elsewhere = createTcpServer((socket) => {
    this.strays++;
    socket.destroy();
  });

  private constructor() {
    this.server.on('clientError', (_error, socket) => socket.destroy());
  }

  static async start(): Promise<ChaosSubscribers> {
    const subscribers = new ChaosSubscribers();
    for (const server of [subscribers.server, subscribers.elsewhere])
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return subscribers;
  }

  /** The settings of the service that sends to them. The forbidden port is in the network, so that only the service avoids it. */
  get settings(): Record<string, string> {
    return { SUBSCRIPTION_NETWORKS: '127.0.0.0/8', SUBSCRIPTION_RETRY_SECONDS: '0.2,0.4,0.8,1,1,1,1,1' };
  }

  urlOf({ path }: ChaosSubscriber): string {
    return `http://127.0.0.1:${portOf(this.server)}${path}`;
  }

  /** Forgets who waits at the trap. The habits go on. */
  recover(): void {
    this.onAccepted = null;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    for (const server of [this.server, this.elsewhere]) await new Promise((resolve) => server.close(resolve));
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await buffer(request).catch(() => null);
    if (body === null) return; // The service was killed while it sent.
    const subscriber = [...this.all.values()].find(({ path }) => path === request.url);
    try {
      if (subscriber === undefined) throw new Error(`nobody subscribed at ${request.url}`);
      const { type, data } = subscriber.verify(body, request.headers);
      if (type === 'subscription.challenge')
        return void response.end(subscriber.answerChallenge(data.challenge));
      const answer = subscriber.take(String(request.headers['webhook-id']), body.toString('utf8'));
      if (answer.says === 'taken') await this.onAccepted?.();
      answer.give(response, `http://127.0.0.1:${portOf(this.elsewhere)}/latest/meta-data/`);
    } catch (error) {
      this.forged.push(String(error));
      response.writeHead(401).end();
    }
  }
}

const portOf = (server: { address(): AddressInfo | string | null }): number =>
  (server.address() as AddressInfo).port;
