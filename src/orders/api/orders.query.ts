import { DateTimeFilter, OneOfFilter, PageQuery, TextFilter } from '../../feature.js';
import { ORDER_STATUSES, type OrderStatus } from '../status/order-status.js';

const MODES = ['live', 'test'] as const;

/** Which orders are meant: an order id names one order in each mode and of each merchant. */
export class OrderScopeQuery {
  @OneOfFilter(MODES, { description: 'Left out: live' }) mode?: 'live' | 'test';
  @TextFilter({ description: 'Where one endpoint serves several merchants. Left out: none' })
  merchant?: string;
}

/** Filters of the list of orders. An order is listed when it matches all that are given. */
export class OrdersQuery extends PageQuery {
  @OneOfFilter(MODES, { description: 'Left out: live' }) mode?: 'live' | 'test';
  @TextFilter({ description: 'Where one endpoint serves several merchants. Left out: none' })
  merchant?: string;
  @OneOfFilter(ORDER_STATUSES) status?: OrderStatus;
  @TextFilter({
    maxLength: 320,
    description: 'Exact id, e-mail address (in any case) or phone number (in any spelling) of the customer',
  })
  customer?: string;
  @DateTimeFilter({ description: '`createdAt` is this or later' }) from?: string;
  @DateTimeFilter({ description: '`createdAt` is earlier than this' }) to?: string;
}
