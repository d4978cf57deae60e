import {
  type FakeApiFault,
  type FakeApiReply,
  type FakeApiRequest,
  FakeApiServer,
} from '../fake-api.simulator.js';
import { hmacSha256 } from '../signature.js';

/** An object in the words of Razorpay's API. */
export interface RazorpayEntity {
  readonly id: string;
  /** `payment`, `order`, `refund`, `dispute` and so on: in the plural it is the collection. */
  readonly entity: string;
  /** In seconds. */
  readonly created_at: number;
  readonly [field: string]: unknown;
}

export interface RazorpayApiKeys {
  readonly keyId: string;
  readonly keySecret: string;
}

/** Objects of one collection that belong to an object of another, by the field that names it. */
const BELONGING: Readonly<Record<string, string>> = { payments: 'payment_id', orders: 'order_id' };
const DEFAULT_COUNT = 10;
const MAX_COUNT = 100;

/**
 * Razorpay's API on loopback, with Basic authentication. It knows the objects that {@link put} gave it:
 * - `GET /v1/<collection>/:id`; an unknown id is answered 400, as Razorpay does
 * - `GET /v1/<collection>?from=&to=&count=&skip=`, newest first, 10 by default and at most 100
 * - `GET /v1/payments/:id/refunds`, `GET /v1/orders/:id/payments`
 */
export class RazorpayFakeApi {
  private readonly collections = new Map<string, Map<string, RazorpayEntity>>();
  private server!: FakeApiServer;

  private constructor(private readonly keys: RazorpayApiKeys) {}

  /** Port 0 means any free port. Rejects if the port is in use. */
  static async start(keys: RazorpayApiKeys, port = 0): Promise<RazorpayFakeApi> {
    const api = new RazorpayFakeApi(keys);
    api.server = await FakeApiServer.start((request) => api.answer(request), port);
    return api;
  }

  /** What `RAZORPAY_API_URL` is set to. */
  get baseUrl(): string {
    return `${this.server.origin}/v1/`;
  }

  get redirectsFollowed(): number {
    return this.server.redirectsFollowed;
  }

  /** Adds the object, or replaces the one with its id. */
  put(entity: RazorpayEntity): void {
    this.collection(`${entity.entity}s`).set(entity.id, entity);
  }

  remove({ entity, id }: Pick<RazorpayEntity, 'entity' | 'id'>): void {
    this.collection(`${entity}s`).delete(id);
  }

  /** The next `times` requests for a path below the base (`payments/pay_1`) end in the fault. */
  plan(path: string, fault: FakeApiFault, times?: number): void {
    this.server.plan(`/v1/${path}`, fault, times);
  }

  /** The number of requests for a path below the base so far. */
  count(path: string): number {
    return this.server.count(`/v1/${path}`);
  }

  close(): Promise<void> {
    return this.server.close();
  }

  private collection(name: string): Map<string, RazorpayEntity> {
    const found = this.collections.get(name) ?? new Map<string, RazorpayEntity>();
    this.collections.set(name, found);
    return found;
  }

  private answer({ path, query, headers }: FakeApiRequest): FakeApiReply {
    const { keyId, keySecret } = this.keys;
    if (headers.authorization !== `Basic ${Buffer.from(`${keyId}:${keySecret}`).toString('base64')}`)
      return refusal(401, 'Authentication failed');
    const [version, name = '', id, belonging, ...rest] = path.split('/').slice(1).map(decodeURIComponent);
    if (version !== 'v1' || rest.length > 0) return refusal(400, 'The requested URL was not found');
    if (id === undefined) return page([...this.collection(name).values()], query);
    const found = this.collection(name).get(id);
    if (!found) return refusal(400, 'The id provided does not exist');
    if (belonging === undefined) return { status: 200, body: found };
    const owner = BELONGING[name] ?? '';
    return page(
      [...this.collection(belonging).values()].filter((one) => one[owner] === id),
      query,
    );
  }
}

function page(entities: readonly RazorpayEntity[], query: URLSearchParams): FakeApiReply {
  const number = (name: string, otherwise: number): number => Number(query.get(name) ?? otherwise);
  const [from, to] = [number('from', 0), number('to', Infinity)];
  const [count, skip] = [number('count', DEFAULT_COUNT), number('skip', 0)];
  if (!(count >= 1 && count <= MAX_COUNT))
    return refusal(400, `The count may not be greater than ${MAX_COUNT}`);
  const items = entities
    .filter(({ created_at: at }) => at >= from && at <= to)
    .sort((a, b) => b.created_at - a.created_at || (a.id < b.id ? 1 : -1))
    .slice(skip, skip + count);
  return { status: 200, body: { entity: 'collection', count: items.length, items } };
}

const refusal = (status: number, description: string): FakeApiReply => ({
  status,
  body: { error: { code: 'BAD_REQUEST_ERROR', description, metadata: {} } },
});

/** The three fields that Razorpay's checkout hands to the browser after a payment. */
export const signRazorpayCheckout = (orderId: string, paymentId: string, keySecret: string) => ({
  razorpay_payment_id: paymentId,
  razorpay_order_id: orderId,
  razorpay_signature: hmacSha256(keySecret, `${orderId}|${paymentId}`).toString('hex'),
});
