import type { HandlerRunKey } from '../../platform/events/index.js';
import type { StatsView } from '../../operations/monitoring/stats.js';
import type { PaymentPageView, PaymentView } from '../../payments/index.js';
import type { PaymentsQuery } from '../../payments/index.js';
import type {
  DeliveriesQuery,
  DeliveryFilter,
  DeliveryPageView,
  DeliveryView,
} from '../../webhooks/index.js';

export interface ReplayOptions {
  /** Customers hear of what the replay changes. */
  readonly alerts?: boolean;
}

/**
 * Reading and replaying for the host's own code: what the read API answers, without HTTP and without a key. Inject it
 * anywhere. Queries are checked as the parameters of the route are; a bad one rejects with the `Problem` that the route
 * answers.
 */
export abstract class PayhookService {
  /** One page of payments, newest first (`GET /payments`). */
  abstract payments(query?: Partial<PaymentsQuery>): Promise<PaymentPageView>;

  /** The payment with its timeline; null where there is none. */
  abstract payment(id: string): Promise<PaymentView | null>;

  /** One page of what gateways delivered, newest first (`GET /deliveries`). */
  abstract deliveries(query?: Partial<DeliveriesQuery>): Promise<DeliveryPageView>;

  /** A delivery with its body, and its headers with secrets masked; null where there is none. */
  abstract delivery(id: string): Promise<DeliveryView | null>;

  /**
   * Has one delivery processed again, soon. Customers hear of nothing unless `alerts` is true.
   * @returns false where there is none, its bytes have expired or were erased, or it is being processed.
   */
  abstract replayDelivery(id: string, options?: ReplayOptions): Promise<boolean>;

  /**
   * The same for all that match and were received before now. @returns how many. Rejects with the `Problem` of the route
   * for a filter that names nothing: it would replay every delivery that is stored.
   */
  abstract replayDeliveries(filter: DeliveryFilter, options?: ReplayOptions): Promise<number>;

  /** Has a dead run of a handler tried again, soon. @returns false where there is no such run. */
  abstract replayHandlerRun(run: HandlerRunKey): Promise<boolean>;

  /** The numbers of `GET /stats`, of one moment; `quiet` is true where nothing is pending. */
  abstract stats(): Promise<StatsView>;
}
