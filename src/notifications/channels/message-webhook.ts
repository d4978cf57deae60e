import { getSchemaPath, type SchemaObject } from '@nestjs/swagger';
import { DATE_TIME } from '../../platform/http/schema-types.js';
import { type SentWebhooks, toSentWebhook } from '../../platform/http/sent-webhook.js';
import { NOTIFICATION_KINDS } from '../kinds/message-kinds.js';
import { MESSAGE_DUE } from './http.channel.js';

const TEXT = { type: 'string', example: 'text' } as const;

/** The schema of a message by HTTP, under the name of its type in `components.schemas`. */
export const messageSchemas: Readonly<Record<string, SchemaObject>> = {
  [MESSAGE_DUE]: {
    title: MESSAGE_DUE,
    type: 'object',
    properties: {
      type: { type: 'string', enum: [MESSAGE_DUE] },
      timestamp: { ...DATE_TIME, type: 'string', description: 'When it is sent' },
      data: {
        type: 'object',
        properties: {
          kind: { type: 'string', enum: [...NOTIFICATION_KINDS] },
          locale: { ...TEXT, example: 'en' },
          subject: { ...TEXT, description: 'Of the mail that says the same' },
          text: TEXT,
          html: TEXT,
          customer: { $ref: getSchemaPath('CustomerView') },
          payment: { $ref: getSchemaPath('PaymentSummaryView') },
        },
        required: ['kind', 'locale', 'subject', 'text', 'html', 'customer', 'payment'],
      },
    },
    required: ['type', 'timestamp', 'data'],
  },
};

/** What the channel `http` sends. */
export const messageWebhooks: SentWebhooks = toSentWebhook({
  type: MESSAGE_DUE,
  tag: 'notifications',
  summary: 'Pass a message to a customer on',
  description: 'Sent to `HTTP_CHANNEL_URL` where `MESSAGE_CHANNELS` has `http`.',
  id: 'The id of the notification',
  responses: {
    '2XX': { description: 'The message is sent. The body of the answer is not read.' },
    '4XX': {
      description:
        'The message is dead. After 401, 403 and 404 it waits until an operator changes a setting; after 410 the messages behind ' +
        'it wait, and one an hour is tried; 408, 425 and 429 are a try that failed.',
    },
    default: {
      description:
        'A try that failed, as without an answer within 10 seconds: the message is sent again, up to 18 times. A redirect is the fault of a setting.',
    },
  },
});
