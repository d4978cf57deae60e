import type { NoticeContent } from '../../platform/notices/index.js';

/** One notice for all addresses of a day in UTC: a card test at many addresses is one occasion. */
export const alertLimitNoticeKey = (now: Date): string => `too_many_alerts:${now.toISOString().slice(0, 10)}`;

/** What the operator reads when an address had as many alerts as may go to one in an hour. Pure. */
export function alertLimitNotice({
  gateway,
  account,
  limit,
}: {
  gateway: string;
  account: string;
  limit: number;
}): NoticeContent {
  return {
    subject: 'One address has more failed payments than it is told of',
    paragraphs: [
      `An address got ${limit} alerts about failed payments within an hour, which is the most that one address gets. ` +
        `Further alerts to it are not sent. The first one is about a payment of ${gateway}, account ${account}.`,
      'No other address is affected, and nothing that was paid is. This is told once a day, whatever the number of ' +
        'addresses.',
    ],
    points: [
      'Somebody may try out stolen cards in the checkout. The gateway can block such payments, and a checkout can ' +
        'for a proof that it is used by a person. GET /payments?status=failed lists the payments.',
      'The checkout may give every customer the same address. Then most customers are told nothing.',
      'GET /notifications?status=suppressed shows what was not sent, with the reason too_many. ' +
        'ALERTS_PER_ADDRESS_PER_HOUR is the limit.',
    ],
    where: 'GET /notifications?status=suppressed',
  };
}
