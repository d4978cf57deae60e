import { OneOfFilter, TextFilter } from './query-filters.js';
import { PageQuery } from './page.js';

const MODES = ['live', 'test'] as const;
const MODE = { description: 'Left out: live' };
const MERCHANT = { description: 'Where one endpoint serves several merchants. Left out: none' };

/** Which mode and merchant are meant: an id of a shop names one thing in each mode and of each merchant. */
export class MerchantScopeQuery {
  @OneOfFilter(MODES, MODE) mode?: 'live' | 'test';
  @TextFilter(MERCHANT) merchant?: string;
}

/** A page of what one mode and one merchant have. */
export class MerchantPageQuery extends PageQuery {
  @OneOfFilter(MODES, MODE) mode?: 'live' | 'test';
  @TextFilter(MERCHANT) merchant?: string;
}
