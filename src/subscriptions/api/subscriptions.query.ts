import { OneOfFilter, PageQuery } from '../../feature.js';
import { DISPATCH_STATUSES, type DispatchStatus } from '../dispatch.entity.js';

export class SubscriptionsQuery extends PageQuery {}

export class DispatchesQuery extends PageQuery {
  @OneOfFilter(DISPATCH_STATUSES) status?: DispatchStatus;
}
