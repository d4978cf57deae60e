/** One message as a gateway would POST it. */
export interface SignedRequest {
  path: string;
  headers: Record<string, string>;
  body: Buffer;
}

/** What can be told of a payment, in our words. */
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

/** What is told, in our words; the simulator puts it in the gateway's. Amounts are minor units. */
export interface StoryEvent {
  kind: StoryStep;
  paymentId: string;
  orderId: string;
  eventId: string;
  occurredAt: Date;
  amount: string;
  /** Upper-case ISO 4217. */
  currency: string;
  customer: { email: string | null; name: string | null; phone: string | null };
  /** Which attempt at paying this is, from 1. */
  attempt: number;
  failureCode?: string;
  refundId?: string;
  /** Without one the refund is of all that was paid. */
  refundAmount?: string;
  /** Everything refunded so far, this refund included; without one, this refund alone. */
  refundedTotal?: string;
  disputeId?: string;
  /** Without one all of the amount is captured. */
  capturedAmount?: string;
}

/**
 * A gateway's side of the wire: writes its bodies and signs them as it does. Pure: the same words and the same
 * clock give the same bytes. What is forged, stale or altered is made by the caller, who changes `secret`, `now`
 * or the body of what was signed.
 */
export interface GatewaySimulator {
  gateway: string;
  /** The steps this gateway has an event for; `body` throws a RangeError for the others. */
  steps: readonly StoryStep[];
  body(told: StoryEvent): Buffer;
  /** `account` is left out of the path where it is the default one. */
  sign(
    body: Buffer,
    options: { secret: string; now: Date; eventId: string; account?: string },
  ): SignedRequest;
}
