import type { NoticeContent } from '../feature.js';
import type { Subscription } from './subscription.entity.js';

/* What the operator is told about subscribers. A URL may hold a token, so only its host is named. */

type Named = Pick<Subscription, 'id' | 'url'>;

const hostOf = ({ url }: Named): string => new URL(url).host;

const WHERE = { where: 'GET /subscriptions' } as const;

const LOOK = ({ id }: Named): string =>
  `GET /subscriptions/${id}/dispatches shows what was sent and what was answered.`;

export const pausedNotice = (one: Named): NoticeContent => ({
  ...WHERE,
  subject: `The subscription of ${hostOf(one)} is paused`,
  paragraphs: [
    'Five events in a row could not be delivered, with every try of each. Nothing more is sent until an operator resumes it. What happens meanwhile is kept.',
  ],
  points: [LOOK(one), `POST /subscriptions/${one.id}/resume goes on once the subscriber answers again.`],
});

export const endedNotice = (one: Named): NoticeContent => ({
  ...WHERE,
  subject: `The subscription of ${hostOf(one)} has ended`,
  paragraphs: ['The subscriber answered 410 Gone: it wants no more events. Nothing more is sent to it.'],
  points: [LOOK(one), 'If that was a mistake, register the subscription again.'],
});

export const failingNotice = (one: Named & Pick<Subscription, 'failingSince'>): NoticeContent => ({
  ...WHERE,
  subject: `Nothing reaches the subscriber ${hostOf(one)}`,
  paragraphs: [
    `Every try has failed since ${one.failingSince?.toISOString() ?? 'an hour ago'}. The events are sent again for about three days.`,
  ],
  points: [LOOK(one), 'Ask whoever runs the subscriber whether it is up and answers 2xx within 10 seconds.'],
});

export const missedNotice = (
  one: Named & Pick<Subscription, 'lastSuccessAt' | 'confirmedAt'>,
  { events, before }: { events: number; before: Date | null },
): NoticeContent => ({
  ...WHERE,
  subject: `The subscriber ${hostOf(one)} missed ${events} ${events === 1 ? 'event' : 'events'}`,
  paragraphs: [
    `${events} ${events === 1 ? 'event was' : 'events were'} removed by age before the subscription could be sent any of them: it was paused, unconfirmed or behind for longer than EVENTS_RETENTION_DAYS. Which of them it would have wanted is not known any more.`,
    [
      one.lastSuccessAt === null
        ? `No event has reached it since it was confirmed (${one.confirmedAt?.toISOString() ?? 'unknown'}).`
        : `The last event reached it at ${one.lastSuccessAt.toISOString()}.`,
      ...(before === null
        ? []
        : [`The oldest event that it is sent now happened at ${before.toISOString()}.`]),
    ].join(' '),
  ],
  points: [
    'GET /payments, GET /orders and GET /accounts have what the events led to: have the subscriber read them.',
    'A subscription that is behind shows in payhook_subscription_behind_seconds before its events are removed.',
  ],
});
