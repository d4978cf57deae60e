import { PageQuery } from '../../platform/http/page.js';
import { DateTimeFilter, OneOfFilter, TextFilter } from '../../platform/http/query-filters.js';
import { DELIVERY_PROVENANCES, DELIVERY_STATUSES } from '../inbox/delivery.entity.js';

/** Filters of the list of deliveries. A delivery is listed when it matches all that are given. */
export class DeliveriesQuery extends PageQuery {
  @OneOfFilter(DELIVERY_STATUSES, { example: 'parked' }) status?: string;
  @TextFilter({ example: 'standard' }) gateway?: string;
  @TextFilter({ example: 'default' }) account?: string;
  @TextFilter({ description: 'The type of the event, in the gateway’s words', example: 'payment.updated' })
  type?: string;
  @OneOfFilter(DELIVERY_PROVENANCES, { description: 'How it reached us', example: 'received' })
  provenance?: string;
  @DateTimeFilter({ description: 'Received at this time or later' }) from?: string;
  @DateTimeFilter({ description: 'Received before this time' }) to?: string;
}
