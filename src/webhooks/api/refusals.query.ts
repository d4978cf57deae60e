import { PageQuery } from '../../platform/http/page.js';
import { DateTimeFilter, OneOfFilter, TextFilter } from '../../platform/http/query-filters.js';
import { REFUSAL_REASONS } from '../refusals/refusal-problems.js';

/** Filters of the list of refused requests. A request is listed when it matches all that are given. */
export class RefusalsQuery extends PageQuery {
  @TextFilter({ example: 'standard' }) gateway?: string;
  @TextFilter({ example: 'default' }) account?: string;
  @OneOfFilter(REFUSAL_REASONS) reason?: string;
  @DateTimeFilter({ description: 'Received at this time or later' }) from?: string;
  @DateTimeFilter({ description: 'Received before this time' }) to?: string;
}
