/** One webhook as a gateway would POST it. */
export interface SignedRequest {
  path: string;
  headers: Record<string, string>;
  body: Buffer;
}

/** What can happen to a payment, in the neutral words of payment reports. */
export type StoryStep =
  | 'created'
  | 'requires_action'
  | 'processing'
  | 'failed'
  | 'authorized'
  | 'canceled'
  | 'succeeded'
  | 'refund_created'
  | 'refund_succeeded'
  | 'refund_failed'
  | 'dispute_opened'
  | 'dispute_won'
  | 'dispute_lost';

/** One event of a story, in neutral words. A simulator translates it to its gateway's words. Amounts are minor units. */
export interface StoryEvent {
  kind: StoryStep;
  paymentId: string;
  orderId: string;
  eventId: string;
  occurredAt: Date;
  amount: string;
  /** Upper-case ISO 4217. */
  currency: string;
  /** `id` is the gateway's own. Left out: the gateway tells none. */
  customer: { id?: string; email: string | null; name: string | null; phone: string | null };
  /** The number of the attempt at paying, from 1. */
  attempt: number;
  failureCode?: string;
  refundId?: string;
  /** When the refund was made, which each of its events repeats. Left out: with this event. */
  refundCreatedAt?: Date;
  /** Left out: the whole amount is refunded. */
  refundAmount?: string;
  /** The sum of all refunds so far, including this one. Left out: this refund is the only one. */
  refundedTotal?: string;
  disputeId?: string;
  /** Left out: the whole amount is captured. */
  capturedAmount?: string;
}

/** The API of a gateway, played on loopback. It knows the events that it was given and answers 404 for other orders. */
export interface FakeGatewayApi {
  readonly baseUrl: string;
  /** Sets the order of the event to its state after the event. */
  applyEvent(event: StoryEvent): void;
  /** The number of requests for an order so far. */
  countRequests(orderId: string): number;
  close(): Promise<void>;
}

/**
 * The gateway's side: writes bodies and signs them as the gateway does. Pure: the same event and the same time give the
 * same bytes. Forged, stale and altered requests are made by the caller, who changes `secret`, `now` or the signed body.
 */
export interface GatewaySimulator {
  gateway: string;
  /** The steps for which this gateway has an event; `body` throws a RangeError for any other. */
  steps: readonly StoryStep[];
  /** What the gateway's payments look like. Left out: ids begin with `pay`, and the currency is USD. */
  payments?: { readonly idPrefix: string; readonly currency: string };
  body(event: StoryEvent): Buffer;
  /** The path names the account, except the default one. */
  sign(
    body: Buffer,
    options: { secret: string; now: Date; eventId: string; account?: string },
  ): SignedRequest;
  /**
   * For a gateway whose messages are only hints: starts its API, if these settings of an account name one on this machine;
   * null otherwise.
   */
  startApi?(settings: Readonly<Record<string, string>>): Promise<FakeGatewayApi> | null;
}
