import { PageQuery } from '../../platform/http/page.js';
import { OneOfFilter, UuidFilter } from '../../platform/http/query-filters.js';
import { NOTIFICATION_STATUSES, type NotificationStatus } from '../notification.entity.js';

/** Filters of the list of notifications. A notification is listed when it matches all that are given. */
export class NotificationsQuery extends PageQuery {
  @UuidFilter() paymentId?: string;
  @OneOfFilter(NOTIFICATION_STATUSES) status?: NotificationStatus;
}
