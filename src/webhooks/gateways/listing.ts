/*
 * Reconciliation asks a gateway for objects: payments, refunds, disputes. One call is one request, because requests are
 * counted against a budget. No call throws for what a gateway or the network can do.
 */

/** One object of a gateway, exactly as its API wrote it. */
export interface ListedObject {
  /** The kind of object, in the gateway's words, for operators: `payment_intents`. */
  readonly what: string;
  /** The gateway's id of the object. For the payment itself it is `gatewayPaymentId`. */
  readonly id: string;
  /** The payment that the object belongs to; null where the object does not say. */
  readonly gatewayPaymentId: string | null;
  /** The object's own JSON, without the list around it. */
  readonly raw: Buffer;
}

/** One page of the objects of one kind that were created from `since` on and before `until`, in any order. */
export interface ListRequest {
  /** One of {@link Gateway.listable}. */
  readonly what: string;
  readonly since: Date;
  readonly until: Date;
  /** {@link ListOutcome} `next` of the page before; null for the first page. At most 1,024 characters. */
  readonly cursor: string | null;
}

/**
 * One payment to ask for, by its own id or by the gateway's order (one of them may be null). The answer has the payment
 * and its refunds and disputes, on one page or on several.
 */
export interface PaymentQuestion {
  readonly gatewayPaymentId: string | null;
  readonly gatewayOrderId: string | null;
  /** The merchant that the payment names, where one account serves several. Left out or null: none. */
  readonly merchant?: string | null;
  /** As in {@link ListRequest}. */
  readonly cursor: string | null;
}

/** How one request for objects ended. No reason holds a key, an answer or a person: operators read it. */
export type ListOutcome =
  /** `next` null: this was the last page. A payment that the gateway does not know is a last page without items. */
  | { readonly kind: 'page'; readonly items: readonly ListedObject[]; readonly next: string | null }
  /** It may work later: 408, 429, 5xx, a time limit, the network. `retryAfterMs` is the gateway's own Retry-After. */
  | { readonly kind: 'retry'; readonly reason: string; readonly retryAfterMs?: number }
  /** It will not work again without a change of the configuration, such as a key that the gateway refuses. */
  | { readonly kind: 'final'; readonly reason: string }
  /** To a {@link PaymentQuestion} only: its answer cannot be used, such as another object. Other questions are answered. */
  | { readonly kind: 'unusable'; readonly reason: string }
  /** The gateway does not know the cursor any more. The list is read again from its first page. */
  | { readonly kind: 'cursor_refused' };
