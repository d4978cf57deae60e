import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo } from 'node:net';
import { toDecimal } from '../fields/decimal-text.js';
import { type FakeGatewayApi, type StoryEvent } from '../../../simulator/gateway-simulator.js';

/** An order in the words of Ippopay's API. Amounts are decimals, as the API writes them. */
export interface FakeOrder {
  amount: number | string;
  currency?: string;
  customer?: object;
  /** Null: nobody has tried to pay the order yet. */
  transaction: FakeTransaction | null;
}

export interface FakeTransaction {
  trans_id: string;
  status: string;
  /** The paid amount. Left out: the order's amount. */
  paid?: number | string;
  failure_reason?: string;
  refund_status?: string;
  createdAt: string;
  updatedAt?: string;
}

/** Failures that the API can show for an order. `timeout` keeps the connection open and never answers. */
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
 * Ippopay's documented API on loopback: `GET <any base>/order/{id}` and `…/transaction`, with Basic authentication. It
 * knows the orders that {@link setOrder} and {@link applyEvent} gave it, and answers 404 for any other.
 */
export class IppopayFakeApi implements FakeGatewayApi {
  /** Number of redirects that the service followed. It must stay 0. */
  redirectsFollowed = 0;
  private readonly orders = new Map<string, FakeOrder>();
  private readonly failures = new Map<string, { failure: FakeApiFailure; left: number }>();
  private readonly requests = new Map<string, number>();
  private readonly server: Server;

  private constructor(private readonly keys: FakeApiKeys) {
    this.server = createServer((request, response) => this.handleRequest(request, response));
  }

  /** Port 0 means any free port. Rejects if the port is in use. */
  static async start(keys: FakeApiKeys, port = 0): Promise<IppopayFakeApi> {
    const api = new IppopayFakeApi(keys);
    await new Promise<void>((resolve, reject) => {
      api.server.once('error', reject).listen(port, '127.0.0.1', resolve);
    });
    return api;
  }

  get baseUrl(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/v1/`;
  }

  setOrder(orderId: string, order: FakeOrder): void {
    this.orders.set(orderId, order);
  }

  /** Sets the order to its state after an event of a story. The payment's id is the transaction's id. */
  applyEvent(event: StoryEvent): void {
    const amount = toDecimal(event.amount, event.currency);
    const at = event.occurredAt.toISOString();
    const status = Object.hasOwn(TRANSACTION_STATUSES, event.kind)
      ? TRANSACTION_STATUSES[event.kind as keyof typeof TRANSACTION_STATUSES]
      : null;
    const transaction = status && {
      trans_id: event.paymentId,
      status,
      failure_reason: status === 'failure' ? (event.failureCode ?? 'card_declined') : '',
      createdAt: at,
      updatedAt: at,
    };
    const { name, email, phone } = event.customer;
    const customer = { name, email, phone: { national_number: phone } };
    this.setOrder(event.orderId, { amount, currency: event.currency, customer, transaction });
  }

  /** Makes the next `times` requests for an order fail; all of them by default. */
  failRequests(orderId: string, failure: FakeApiFailure, times = Infinity): void {
    this.failures.set(orderId, { failure, left: times });
  }

  /** The number of requests for an order so far, on both paths. */
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

/** Sends the response of a failure, or none for `timeout`. False for failures that only change the content. */
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
  const { paid = order.amount, ...transactionFields } = order.transaction;
  const cost = { paid: failure === 'wrong-amount' ? Number(paid) + 1 : paid };
  const transaction = {
    refund_status: 'not_requested',
    failure_reason: '',
    ...transactionFields,
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
