import { readFileSync } from 'node:fs';
import { type SignedRequest, type StoryEvent } from '../../src/simulator/gateway-simulator.js';
import { createStorySubject } from '../../src/simulator/player.js';
import { SIMULATORS } from '../../src/simulator/simulators.js';
import { buildStory, type StoryName, type StorySubject } from '../../src/simulator/stories.js';
import { API_KEY, type Json, SECRETS, type TestApp } from './test-app.js';

/** Gateways that sign what they send, and so tell a payment by themselves. */
export const SIGNING = ['stripe', 'razorpay', 'standard'] as const;
export type SigningGateway = (typeof SIGNING)[number];
export type GatewayName = SigningGateway | 'ippopay';

export interface SignOptions {
  secret?: string;
  eventId?: string;
  account?: string;
  now?: Date;
}

/** An answer that was read. `json` is null where the body is none. */
export interface Heard {
  status: number;
  headers: Headers;
  text: string;
  json: Json;
}

let counter = 0;
/** Never the same twice in a run, and never the same as another run's. */
export const freshId = (prefix: string): string => `${prefix}_${process.pid}_${Date.now()}_${++counter}`;

/** Bytes, text or a value, signed as the gateway would: good unless the options say otherwise. */
export function signed(gateway: GatewayName, body: unknown, options: SignOptions = {}): SignedRequest {
  const { secret = SECRETS[gateway], eventId = freshId('msg'), account, now = new Date() } = options;
  return simulatorOf(gateway).sign(bytesOf(body), { secret, eventId, account, now });
}

/** Steps of a story in the gateway's own words, an hour old, of a payment nobody else in the run has. */
export function story(
  gateway: GatewayName,
  name: StoryName,
  changes: Partial<StorySubject> = {},
): readonly StoryEvent[] {
  const subject = createStorySubject(
    gateway,
    changes.suffix ?? freshId('s'),
    new Date(Date.now() - 3_600_000),
  );
  return buildStory(simulatorOf(gateway), name, { ...subject, ...changes });
}

export const signedStep = (
  gateway: GatewayName,
  told: StoryEvent,
  options: SignOptions = {},
): SignedRequest => signed(gateway, simulatorOf(gateway).body(told), { eventId: told.eventId, ...options });

/** A fresh message of a payment that succeeded. */
export function success(gateway: GatewayName, options: SignOptions = {}): SignedRequest {
  return signedStep(gateway, story(gateway, 'success').at(-1) as StoryEvent, options);
}

/** The plain payment body: `changes` go into its data, `envelope` around it. */
export function standardBody(changes: object = {}, envelope: object = {}): Json {
  const id = freshId('pay');
  const data = {
    paymentId: id,
    status: 'completed',
    amount: 100,
    currency: 'USD',
    orderId: `ord_${id}`,
    ...changes,
  };
  return { event: 'payment.updated', timestamp: new Date().toISOString(), data, ...envelope };
}

export async function deliver(
  app: Pick<TestApp, 'url'>,
  { path, headers, body }: SignedRequest,
): Promise<Heard> {
  return hear(await fetch(app.url + path, { method: 'POST', headers, body: new Uint8Array(body) }));
}

/** A request as an operator makes it, or with another key, or none (null). */
export async function ask(
  app: TestApp,
  path: string,
  init: RequestInit = {},
  key: string | null = API_KEY,
): Promise<Heard> {
  const headers = new Headers(init.headers);
  if (key !== null) headers.set('authorization', `Bearer ${key}`);
  return hear(await fetch(app.url + path, { ...init, headers }));
}

export async function hear(response: Response): Promise<Heard> {
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '') && text !== '';
  return { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : null };
}

/** The whole payment, found by the gateway's id. */
export async function paymentOf(app: TestApp, gatewayPaymentId: string): Promise<Json> {
  const { items } = await app.get(`/payments?gatewayPaymentId=${encodeURIComponent(gatewayPaymentId)}`);
  if (items.length !== 1) throw new Error(`${items.length} payments ${gatewayPaymentId}`);
  return app.get(`/payments/${items[0].id}`);
}

/** What must agree between two runs that were told the same, in whatever order. */
export function comparable({ id: _id, updatedAt: _at, timeline, ...payment }: Json): Json {
  const told = ({ receivedAt: _received, late: _late, deliveryId: _delivery, ...entry }: Json): Json => entry;
  return { ...payment, timeline: timeline.map(told) };
}

export const refusedBy = async (app: TestApp, gateway: string): Promise<Record<string, number>> =>
  (await app.get('/stats')).refused[gateway] ?? {};

/** A body as a gateway's documentation shows it, byte for byte. */
export const fixture = (name: string): Buffer =>
  readFileSync(new URL(`../fixtures/${name}.json`, import.meta.url));

const simulatorOf = (gateway: GatewayName) => {
  const simulator = SIMULATORS.get(gateway);
  if (!simulator) throw new Error(`no simulator of ${gateway}`);
  return simulator;
};

const bytesOf = (body: unknown): Buffer =>
  Buffer.isBuffer(body) ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
