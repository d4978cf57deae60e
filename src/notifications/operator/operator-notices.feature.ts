import type { PayhookFeature } from '../../platform/features/index.js';
import { COUNT_OPEN_NOTICES, deleteNoticesBefore } from '../../platform/notices/index.js';

/** What the rest of Payhook knows of mails to the operator: their counts, and that they are not kept for ever. */
export const operatorNoticesFeature: PayhookFeature = {
  name: 'operator_notices',
  retain: (manager, before, limit) => deleteNoticesBefore(manager, before, limit),
  pending: COUNT_OPEN_NOTICES,
};
