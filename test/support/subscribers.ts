import { DataSource } from 'typeorm';
import { Receiver } from './receiver.js';
import { ask, freshId, type Heard } from './requests.js';
import { StandardSender, type Telling } from './standard-sender.js';
import { type Json, startTestApp, type TestApp } from './test-app.js';

/** The secret of every subscriber that names none. */
export const SUBSCRIBER_SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=';
/** Tries of an event until it is dead. The delays between them are a tenth of a second. */
export const TRIES = 3;

/** Settings of a service whose subscribers are on this machine, and whose tries are over within a second. */
export const QUICK_TRIES = {
  SUBSCRIPTION_NETWORKS: '127.0.0.0/8',
  SUBSCRIPTION_RETRY_SECONDS: '0.1,0.1',
} as const;

let count = 0;

/** The service with a receiver, and what tests do with subscriptions. */
export class Subscribers {
  private readonly made: string[] = [];
  private readonly sender: StandardSender;

  private constructor(
    readonly app: TestApp,
    readonly receiver: Receiver,
  ) {
    this.sender = new StandardSender(app.url);
  }

  /** With a receiver and a database of its own where none are given. */
  static async start(
    environment: Record<string, string> = {},
    { receiver, databaseUrl }: { receiver?: Receiver | undefined; databaseUrl?: string } = {},
  ): Promise<Subscribers> {
    const app = await startTestApp({
      environment: { ...QUICK_TRIES, ...environment },
      ...(databaseUrl !== undefined && { databaseUrl }),
    });
    return new Subscribers(app, receiver ?? (await Receiver.start()));
  }

  /** Removes every subscription that was made. */
  async leave(): Promise<void> {
    for (const id of this.made.splice(0)) await this.send('DELETE', `/subscriptions/${id}`);
  }

  async close(): Promise<void> {
    await this.app.close();
    await this.receiver.close();
  }

  async send(method: string, path: string, body?: object, key?: string): Promise<Heard> {
    const heard = await ask(this.app, path, { method, ...(body && { body: JSON.stringify(body) }) }, key);
    if (method === 'POST' && path === '/subscriptions' && heard.status === 201) this.made.push(heard.json.id);
    return heard;
  }

  /** A path of the receiver that nobody else has. What is not signed with its secret counts as forged. */
  freshPath(): string {
    const path = `/hook-${++count}`;
    this.receiver.secrets.set(path, SUBSCRIBER_SECRET);
    return path;
  }

  /** A subscriber that is not confirmed: the challenge is under way. */
  async register(terms: object = {}, path = this.freshPath()): Promise<{ id: string; path: string }> {
    const url = this.receiver.url(path);
    const body = { url, topics: ['payment.succeeded'], secret: SUBSCRIBER_SECRET, ...terms };
    const { status, json } = await this.send('POST', '/subscriptions', body);
    if (status !== 201) throw new Error(`POST /subscriptions answered ${status}: ${JSON.stringify(json)}`);
    return { id: json.id, path };
  }

  /** A subscriber that is sent events from now on: `payment.succeeded` where it names none. */
  async subscribe(terms: object = {}): Promise<{ id: string; path: string }> {
    const made = await this.register(terms);
    await this.act(made.id, 'confirm');
    return made;
  }

  /** What an operator does with a subscription. Throws where it is refused. */
  async act(id: string, what: string, body?: object): Promise<Json> {
    const { status, json } = await this.send('POST', `/subscriptions/${id}/${what}`, body);
    if (status >= 300) throw new Error(`${what} answered ${status}: ${JSON.stringify(json)}`);
    return json;
  }

  view(id: string): Promise<Json> {
    return this.app.get(`/subscriptions/${id}`);
  }

  /** Newest first. */
  async dispatches(id: string): Promise<Json[]> {
    return (await this.app.get(`/subscriptions/${id}/dispatches`)).items;
  }

  /** Tells of a payment that was made and paid: `payment.created` and `payment.succeeded`. */
  async pay(payment = freshId('pay'), told: Partial<Telling> = {}): Promise<string> {
    await this.sender.tell('completed', { payment, ...told });
    return payment;
  }

  /** Tells that a part of a payment was paid back. */
  async refund(payment: string): Promise<void> {
    await this.sender.tell('partially_refunded', { payment, refunded: '25' });
  }

  /** The subjects of what the operator was told about a subscription. */
  async noticesOf(id: string): Promise<string[]> {
    const rows: { subject: string }[] = await this.query(
      `SELECT content ->> 'subject' AS subject FROM operator_notices WHERE key LIKE 'subscription:' || $1 || ':%'`,
      [id],
    );
    return rows.map(({ subject }) => subject);
  }

  query<Row>(statement: string, parameters: unknown[] = []): Promise<Row[]> {
    return this.app.app.get(DataSource).query(statement, parameters);
  }
}
