import type { NoticeContent } from '../../platform/notices/index.js';

/** One notice for a channel and a day (UTC): it stays paused while nobody puts it right. */
export const channelGoneKey = (channel: string, now: Date): string =>
  `channel-gone:${channel}:${now.toISOString().slice(0, 10)}`;

/** What the operator reads when the receiver of a channel answers 410. */
export const channelGoneNotice = (channel: string): NoticeContent => ({
  subject: `Messages to customers by ${channel} are paused`,
  paragraphs: [
    `The receiver of the channel ${channel} answered 410: it takes no messages any more. The message that it refused is ` +
      'dead, and can be sent again by POST /notifications/:id/resend. The channel is tried again every hour, with one ' +
      'message, until the receiver takes one.',
  ],
  points: [
    'Is the receiver still wanted? If not, take the channel out of MESSAGE_CHANNELS and restart Payhook.',
    'Did it move? Then set its new URL and restart Payhook: what waits goes out.',
  ],
});
