import { DateTimeFilter, type Mode, OneOfFilter, PageQuery, TextFilter, UuidFilter } from '../../feature.js';

const MODES: readonly Mode[] = ['live', 'test'];

/** Filters of the list of entries. An entry is listed when it matches all that are given. */
export class LedgerEntriesQuery extends PageQuery {
  @TextFilter({ maxLength: 600, example: 'revenue' }) ledgerAccount?: string;
  @TextFilter({ example: 'standard' }) gateway?: string;
  @TextFilter({ example: 'default' }) account?: string;
  @OneOfFilter(MODES, { description: 'Live where it is left out' }) mode?: Mode;
  @TextFilter({ description: 'The merchant, where one endpoint serves several' }) merchant?: string;
  @UuidFilter() paymentId?: string;
  @TextFilter({ description: 'The order id of the merchant or of the gateway, as the payment has it now' })
  orderId?: string;
  @DateTimeFilter({ description: '`bookedAt` is this or later' }) from?: string;
  @DateTimeFilter({ description: '`bookedAt` is earlier than this' }) to?: string;
}

export class LedgerBalancesQuery {
  @DateTimeFilter({ description: 'Counts what was booked until then; now where it is left out' }) at?: string;
  @OneOfFilter(MODES, { description: 'Both where it is left out' }) mode?: Mode;
  @TextFilter({ description: 'The merchant, where one endpoint serves several' }) merchant?: string;
  @TextFilter({ maxLength: 3, example: 'USD' }) currency?: string;
}
