import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { pageOf, type StripeObject } from './stripe-api-lists.simulator.js';

/** The collection of each `object` word that the stand-in knows; others are added here. */
const COLLECTIONS: Readonly<Record<string, string>> = {
  charge: 'v1/charges',
  'checkout.session': 'v1/checkout/sessions',
  dispute: 'v1/disputes',
  event: 'v1/events',
  invoice: 'v1/invoices',
  payment_intent: 'v1/payment_intents',
  refund: 'v1/refunds',
  webhook_endpoint: 'v1/webhook_endpoints',
  'v2.core.event': 'v2/core/events',
  'v2.core.event_destination': 'v2/core/event_destinations',
};

/** What the API can be made to do wrong. `hang` keeps the connection open and never answers. */
export const STRIPE_API_FAULTS = [
  'unauthorized',
  'forbidden',
  'missing',
  'rate-limited',
  'server-error',
  'hang',
  'cursor-refused',
  'another-object',
  'other-mode',
  'redirect',
  'too-large',
  'not-json',
] as const;
export type StripeApiFault = (typeof STRIPE_API_FAULTS)[number];

export interface FaultPlan {
  /** Left out: every request. */
  times?: number;
  /** Only requests whose path contains this text. */
  path?: string;
  /** The Retry-After header of `rate-limited`, in seconds. */
  retryAfter?: number;
}

/** A request that reached the stand-in. */
export interface StripeRequest {
  path: string;
  query: URLSearchParams;
  version: string | undefined;
  context: string | null;
}

const FAULT_STATUSES: Partial<Record<StripeApiFault, number>> = {
  unauthorized: 401,
  forbidden: 403,
  missing: 404,
  'rate-limited': 429,
  'server-error': 500,
  'cursor-refused': 400,
};
const REDIRECT_TARGET = '/elsewhere';
const TOO_LARGE = 300 * 1024;

interface Stored {
  object: StripeObject;
  context: string | null;
}

/**
 * Stripe's API on loopback, read only. It knows the objects that {@link put} gave it, in the order they were put:
 * - `GET /v1/<collection>/:id` and `GET /v2/core/<collection>/:id`: the object, or 404.
 * - `GET /v1/<collection>`: `{object: 'list', data, has_more}`, newest first, with `limit` (10, at most 100),
 *   `starting_after` (400 for an id that is not in the list), `created[gte|gt|lte|lt]`, and any other parameter as a
 *   filter on the field of that name.
 * - `expand[]` of either puts the whole object in place of an id that is known.
 * - `GET /v2/core/<collection>`: `{data, next_page_url}`, all of it.
 *
 * 401 without the key. 404 for an object of another context (connected account) than the request names.
 * {@link fail} plans faults. `requests` are all requests so far.
 */
export class StripeFakeApi {
  /** Number of redirects that the service followed. It must stay 0. */
  redirectsFollowed = 0;
  readonly requests: StripeRequest[] = [];
  private readonly collections = new Map<string, Map<string, Stored>>();
  private readonly faults: { fault: StripeApiFault; left: number; plan: FaultPlan }[] = [];
  private readonly server: Server;

  private constructor(private readonly key: string) {
    this.server = createServer((request, response) => this.handleRequest(request, response));
  }

  /** Port 0 means any free port. Rejects if the port is in use. */
  static async start(key: string, port = 0): Promise<StripeFakeApi> {
    const api = new StripeFakeApi(key);
    await new Promise<void>((resolve, reject) => {
      api.server.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
    return api;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/`;
  }

  /** Adds an object, or replaces the one of its id. `context`: the connected account that it belongs to. */
  put(object: StripeObject, context: string | null = null): void {
    const collection = COLLECTIONS[object.object];
    if (collection === undefined) throw new RangeError(`no collection for ${object.object}`);
    const objects = this.collections.get(collection) ?? new Map<string, Stored>();
    this.collections.set(collection, objects.set(object.id, { object, context }));
  }

  remove(id: string): void {
    for (const objects of this.collections.values()) objects.delete(id);
  }

  /** Plans a fault; of several plans that fit a request, the oldest counts. */
  fail(fault: StripeApiFault, plan: FaultPlan = {}): void {
    this.faults.push({ fault, left: plan.times ?? Infinity, plan });
  }

  /** Forgets every planned fault. */
  recover(): void {
    this.faults.length = 0;
  }

  countRequests(path: string): number {
    return this.requests.filter((request) => request.path.includes(path)).length;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    await closed;
  }

  private handleRequest(request: IncomingMessage, response: ServerResponse): void {
    const { pathname, searchParams: query } = new URL(request.url ?? '/', this.baseUrl);
    if (pathname === REDIRECT_TARGET) this.redirectsFollowed++;
    const path = decodeURIComponent(pathname.slice(1));
    const version = headerOf(request, 'stripe-version');
    const context = headerOf(request, 'stripe-context') ?? null;
    this.requests.push({ path, query, version, context });
    if (headerOf(request, 'authorization') !== `Bearer ${this.key}`) return sendError(response, 401);
    if (request.method !== 'GET') return sendError(response, 404);
    if (version === undefined) return sendError(response, 400);
    const fault = this.takeFault(path);
    if (fault !== null && sendFault(fault, response)) return;
    let answer = this.answer(path, query, context);
    const expand = query.getAll('expand[]');
    if (typeof answer !== 'number' && expand.length > 0) answer = this.expanded(answer, expand);
    if (typeof answer === 'number') sendError(response, answer);
    else sendJson(response, 200, fault === null ? answer : falsified(answer, fault.fault));
  }

  private takeFault(path: string): { fault: StripeApiFault; plan: FaultPlan } | null {
    const found = this.faults.find(({ left, plan }) => left > 0 && path.includes(plan.path ?? ''));
    if (found) found.left--;
    return found ?? null;
  }

  /** `data.charge` is a field of each object of a list, `charge` one of the object itself. */
  private expanded(answer: object, paths: readonly string[]): object {
    const { data } = answer as { data?: unknown };
    const all = paths.map((path) => path.replace(/^data\./, ''));
    return Array.isArray(data)
      ? { ...answer, data: data.map((object: object) => this.withWhole(object, all)) }
      : this.withWhole(answer, all);
  }

  private withWhole(object: object, fields: readonly string[]): object {
    const whole = Object.entries(object).flatMap(([field, id]: [string, unknown]) => {
      const found = fields.includes(field) && typeof id === 'string' ? this.find(id) : undefined;
      return found ? [[field, found]] : [];
    });
    return { ...object, ...(Object.fromEntries(whole) as Record<string, StripeObject>) };
  }

  private find(id: string): StripeObject | undefined {
    return [...this.collections.values()].map((objects) => objects.get(id)?.object).find(Boolean);
  }

  /** The answer's body, or the status of an error. */
  private answer(path: string, query: URLSearchParams, context: string | null): object | number {
    const objects = this.collections.get(path);
    const known = objects ?? (Object.values(COLLECTIONS).includes(path) ? new Map<string, Stored>() : null);
    if (known) {
      const visible = [...known.values()].filter((stored) => stored.context === context);
      const all = visible.map(({ object }) => object);
      return path.startsWith('v2/') ? { data: all, next_page_url: null } : pageOf(all, path, query);
    }
    const at = path.lastIndexOf('/');
    const stored = this.collections.get(path.slice(0, at))?.get(path.slice(at + 1));
    return stored?.context === context ? stored.object : 404;
  }
}

/** Sends the response of a fault, or none for `hang`. False for faults that only change the content. */
function sendFault(
  { fault, plan }: { fault: StripeApiFault; plan: FaultPlan },
  response: ServerResponse,
): boolean {
  const status = FAULT_STATUSES[fault];
  const wait = plan.retryAfter;
  if (status !== undefined)
    sendError(response, status, wait === undefined ? {} : { 'retry-after': String(wait) });
  else if (fault === 'redirect') response.writeHead(302, { location: REDIRECT_TARGET }).end();
  else if (fault === 'too-large') sendJson(response, 200, { padding: 'x'.repeat(TOO_LARGE) });
  else if (fault === 'not-json')
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html></html>');
  else return fault === 'hang';
  return true;
}

function falsified(answer: object, fault: StripeApiFault): object {
  const { id, livemode } = answer as StripeObject;
  if (fault === 'another-object') return { ...answer, id: `${id}_other` };
  return fault === 'other-mode' ? { ...answer, livemode: !livemode } : answer;
}

const headerOf = ({ headers }: IncomingMessage, name: string): string | undefined => {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
};

const sendError = (response: ServerResponse, status: number, headers: Record<string, string> = {}): void =>
  sendJson(response, status, { error: { type: 'invalid_request_error', message: 'refused' } }, headers);

function sendJson(
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
}
