import { MerchantPageQuery, OneOfFilter } from '../../feature.js';
import { ACCOUNT_STATUSES, type AccountStatus } from '../status/account-status.js';

/** Filters of the list of customer accounts. */
export class AccountsQuery extends MerchantPageQuery {
  @OneOfFilter(ACCOUNT_STATUSES) status?: AccountStatus;
}
