import { DateTimeFilter, OneOfFilter, TextFilter } from '../../platform/http/query-filters.js';
import { PageQuery } from '../../platform/http/page.js';
import { PAYMENT_STATUSES } from '../projection/state-transitions.js';

/** Filters of the list of payments. A payment is listed when it matches all that are given. */
export class PaymentsQuery extends PageQuery {
  @TextFilter({ example: 'standard' }) gateway?: string;
  @TextFilter({ example: 'default' }) account?: string;
  @TextFilter({ description: 'The merchant, where one endpoint serves several' }) merchant?: string;
  @OneOfFilter(PAYMENT_STATUSES) status?: string;
  @TextFilter({ description: 'The order id of the merchant or of the gateway' }) orderId?: string;
  @TextFilter({ example: 'standard' }) gatewayPaymentId?: string;

  @TextFilter({
    maxLength: 320,
    description: 'Exact id, e-mail address (in any case) or phone number (in any spelling), as shown now',
  })
  customer?: string;

  @DateTimeFilter({ description: '`createdAt` is this or later' }) from?: string;
  @DateTimeFilter({ description: '`createdAt` is earlier than this' }) to?: string;
}
