import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { toDecimal } from '../webhooks/gateways/written-decimal.js';
import { type StoryEvent } from './gateway-simulator.js';

/** What the API knows of an order, in its own words. Amounts are decimals, as it writes them. */
export interface FakeOrder {
  amount: number | string;
  currency?: string;
  customer?: object;
  /** Null: nobody has tried to pay it yet. */
  transaction: FakeTransaction | null;
}

export interface FakeTransaction {
  trans_id: string;
  status: string;
  /** What was paid; the order's amount if left out. */
  paid?: number | string;
  failure_reason?: string;
  refund_status?: string;
  createdAt: string;
  updatedAt?: string;
}

/** How the API can fail for an order. `timeout` holds the connection open and never answers. */
export const FAKE_API_FAILURES = [
  'server-error',
  'rate-limited',
  'timeout',
  'wrong-amount',
  'another-order',
  'redirect',
  'too-large',
  'not-json',
] as const;
export type FakeApiFailure = (typeof FAKE_API_FAILURES)[number];

export interface FakeApiKeys {
  publicKey: string;
  secretKey: string;
}

const TRANSACTION_STATUSES = { failed: 'failure', canceled: 'cancelled', succeeded: 'success' } as const;
const FAILURE_STATUSES: Partial<Record<FakeApiFailure, number>> = {
  'server-error': 500,
  'rate-limited': 429,
};
const REDIRECT_TARGET = '/elsewhere';

/**
 * Ippopay's documented API on loopback: `GET <any base>/order/{id}` and `…/transaction`, with Basic authentication.
 * Orders are what it was told; unknown ones are 404.
 */
export class IppopayFakeApi {
  /** How often a redirect was followed: it never should be. */
  redirectsFollowed = 0;
  private readonly orders = new Map<string, FakeOrder>();
  private readonly failures = new Map<string, { failure: FakeApiFailure; left: number }>();
  private readonly requests = new Map<string, number>();
  private readonly server: Server;

  private constructor(private readonly keys: FakeApiKeys) {
    this.server = createServer((request, response) => this.handleRequest(request, response));
  }

  /** Port 0 takes any free one. Rejects where the port is taken. */
  static async start(keys: FakeApiKeys, port = 0): Promise<IppopayFakeApi> {
    const standIn = new IppopayFakeApi(keys);
    await new Promise<void>((resolve, reject) => {
      standIn.server.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
    return standIn;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1/`;
  }

  setOrder(orderId: string, order: FakeOrder): void {
    this.orders.set(orderId, order);
  }

  /** Brings an order to where a story's step has it. The payment's id is the transaction's. */
  applyEvent(told: StoryEvent): void {
    const amount = toDecimal(told.amount, told.currency);
    const at = told.occurredAt.toISOString();
    const status = Object.hasOwn(TRANSACTION_STATUSES, told.kind)
      ? TRANSACTION_STATUSES[told.kind as keyof typeof TRANSACTION_STATUSES]
      : null;
    const transaction = status && {
      trans_id: told.paymentId,
      status,
      failure_reason: status === 'failure' ? (told.failureCode ?? 'card_declined') : '',
      createdAt: at,
      updatedAt: at,
    };
    const { name, email, phone } = told.customer;
    const customer = { name, email, phone: { national_number: phone } };
    this.setOrder(told.orderId, { amount, currency: told.currency, customer, transaction });
  }

  /** Makes the next requests for an order fail, all of them unless told how many. */
  failRequests(orderId: string, failure: FakeApiFailure, times = Infinity): void {
    this.failures.set(orderId, { failure, left: times });
  }

  /** Requests for an order so far, both of its paths together. */
  countRequests(orderId: string): number {
    return this.requests.get(orderId) ?? 0;
  }

  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    await closed;
  }

  private handleRequest(request: IncomingMessage, response: ServerResponse): void {
    if (request.url === REDIRECT_TARGET) this.redirectsFollowed++;
    const [, encodedId, isTransaction] = /\/order\/([^/?]+)(\/transaction)?$/.exec(request.url ?? '') ?? [];
    if (request.method !== 'GET' || encodedId === undefined)
      return sendJson(response, 404, { success: false });
    const orderId = decodeURIComponent(encodedId);
    this.requests.set(orderId, this.countRequests(orderId) + 1);

    if (request.headers.authorization !== toBasicAuthorization(this.keys))
      return sendJson(response, 401, { success: false });
    const order = this.orders.get(orderId);
    if (!order) return sendJson(response, 404, { success: false, message: 'Order not found' });
    const failure = this.takeFailure(orderId);
    if (failure !== null && sendFailure(failure, response)) return;
    sendJson(
      response,
      200,
      isTransaction ? toTransactionBody(order, failure) : toOrderBody(orderId, order, failure),
    );
  }

  private takeFailure(orderId: string): FakeApiFailure | null {
    const planned = this.failures.get(orderId);
    if (!planned || planned.left <= 0) return null;
    planned.left--;
    return planned.failure;
  }
}

/** Answers, or does not, as the failure has it; false for those that only change what is said. */
function sendFailure(failure: FakeApiFailure, response: ServerResponse): boolean {
  const status = FAILURE_STATUSES[failure];
  if (status !== undefined) sendJson(response, status, { success: false });
  else if (failure === 'redirect') response.writeHead(302, { location: REDIRECT_TARGET }).end();
  else if (failure === 'too-large') sendJson(response, 200, { data: {}, padding: 'x'.repeat(300 * 1024) });
  else if (failure === 'not-json')
    response.writeHead(200, { 'content-type': 'text/html' }).end('<html></html>');
  else return failure === 'timeout';
  return true;
}

function toOrderBody(orderId: string, order: FakeOrder, failure: FakeApiFailure | null): object {
  const { amount, currency, customer, transaction } = order;
  const status = transaction?.status.toLowerCase() === 'success' ? 'paid' : 'created';
  const order_id = failure === 'another-order' ? `${orderId}_other` : orderId;
  const merchant = { name: 'Stand-in', id: 'standin' };
  const data = {
    order: { merchant, customer, currency, paymentModes: 'cc,db,nb,upi', status, amount, order_id },
  };
  return { success: true, message: 'Order Details', data };
}

function toTransactionBody(order: FakeOrder, failure: FakeApiFailure | null): object {
  if (order.transaction === null)
    return { success: true, message: 'Transaction details', data: { transaction: null } };
  const { paid = order.amount, ...told } = order.transaction;
  const cost = { paid: failure === 'wrong-amount' ? Number(paid) + 1 : paid };
  const transaction = {
    refund_status: 'not_requested',
    failure_reason: '',
    ...told,
    cost,
    customer: order.customer,
  };
  return { success: true, message: 'Transaction details', data: { transaction } };
}

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

const toBasicAuthorization = ({ publicKey, secretKey }: FakeApiKeys): string =>
  `Basic ${Buffer.from(`${publicKey}:${secretKey}`).toString('base64')}`;
