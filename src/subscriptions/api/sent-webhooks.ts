import type { OperationObject, SchemaObject } from '@nestjs/swagger';
import { DATE_TIME, type SentWebhooks, toSentWebhook } from '../../feature.js';
import { CHALLENGE_TYPE } from '../challenge/challenge.js';

type Responses = OperationObject['responses'];

const TAG = 'subscriptions';

const TOLD: Responses = {
  '2XX': { description: 'The event is delivered. The first 64 kB of the answer are kept.' },
  410: {
    description: 'The subscriber wants nothing any more: the subscription has ended, with all that waited.',
  },
  default: {
    description:
      'Any other answer, a redirect too, and none within 10 seconds: the event is sent again after the delays of ' +
      '`SUBSCRIPTION_RETRY_SECONDS`, and given up after the last.',
    headers: {
      'Retry-After': {
        description: 'Seconds or a date: the event is not sent again before',
        schema: { type: 'string' },
      },
    },
  },
};

const CHALLENGE_MEMBER: SchemaObject = {
  type: 'object',
  properties: { challenge: { type: 'string', example: 'wJ4bSnXq1x0hYkQmYJ0rG9w2d3s5c7aT' } },
  required: ['challenge'],
};

const CONFIRMED: Responses = {
  '2XX': {
    description: 'With the same challenge: the subscription is confirmed, and events are sent from now on.',
    content: { 'application/json': { schema: CHALLENGE_MEMBER } },
  },
  default: {
    description:
      'Any other answer, and none within 10 seconds: the challenge is sent again for 24 hours, and by `POST /subscriptions/{id}/confirm`.',
  },
};

/** The schema of the challenge, under the name of its type in `components.schemas`. */
export const challengeSchemas: Readonly<Record<string, SchemaObject>> = {
  [CHALLENGE_TYPE]: {
    title: CHALLENGE_TYPE,
    type: 'object',
    properties: {
      type: { type: 'string', enum: [CHALLENGE_TYPE] },
      timestamp: { ...DATE_TIME, type: 'string', description: 'When it is sent' },
      data: CHALLENGE_MEMBER,
    },
    required: ['type', 'timestamp', 'data'],
  },
};

/** What is sent to subscribers: the challenge, and events of these names. */
export const subscriptionWebhooks = (eventNames: readonly string[]): SentWebhooks =>
  Object.assign(
    toSentWebhook({
      type: CHALLENGE_TYPE,
      tag: TAG,
      summary: 'Ask a URL whether it wants events',
      description: 'Sent to a new subscription, and where its URL was changed.',
      id: 'The id of the request',
      responses: CONFIRMED,
    }),
    ...eventNames.map((type) =>
      toSentWebhook({
        type,
        tag: TAG,
        summary: `Tell a subscriber of the event ${type}`,
        description:
          'Sent to each active subscription whose topics and filter want it. The body has the members of `GET /events`.',
        id: 'The id of the event',
        responses: TOLD,
      }),
    ),
  ) as SentWebhooks;
