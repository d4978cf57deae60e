import { usableEmail } from '../messages/contact.js';
import type { UnsentChannel } from './channel.js';

/** In force when no mail server is configured. Operators read each message with its notification. */
export const UNSENT_MAIL: UnsentChannel = {
  name: 'log',
  suppresses: 'smtp_not_configured',
  addressOf: ({ email }) => usableEmail(email),
};
