import { DateTimeFilter, MerchantPageQuery, OneOfFilter, TextFilter } from '../../feature.js';
import { ORDER_STATUSES, type OrderStatus } from '../status/order-status.js';

/** Filters of the list of orders. An order is listed when it matches all that are given. */
export class OrdersQuery extends MerchantPageQuery {
  @OneOfFilter(ORDER_STATUSES) status?: OrderStatus;
  @TextFilter({
    maxLength: 320,
    description: 'Exact id, e-mail address (in any case) or phone number (in any spelling) of the customer',
  })
  customer?: string;
  @DateTimeFilter({ description: '`createdAt` is this or later' }) from?: string;
  @DateTimeFilter({ description: '`createdAt` is earlier than this' }) to?: string;
}
