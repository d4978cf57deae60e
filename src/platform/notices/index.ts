export { type NoticeContent, OperatorNotice } from './operator-notice.entity.js';
export {
  claimNotice,
  COUNT_OPEN_NOTICES,
  deleteNoticesBefore,
  endNotice,
  type LeasedNotice,
  MAX_NOTICES_PER_DAY,
  OPERATOR_NOTICE_TABLE,
  publishOperatorNotice,
} from './operator-notice.store.js';
