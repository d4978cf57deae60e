import type { MessageContent } from '../message/interpret-message.js';
import type { NewDelivery } from './delivery.store.js';

/** The status that a message is first stored with, by what it says. */
export const INITIAL_STATUS = {
  reports: 'pending',
  hint: 'pending',
  ignored: 'ignored',
  invalid: 'parked',
} as const satisfies Record<MessageContent['kind'], NewDelivery['status']>;
