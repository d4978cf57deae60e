import type { Env } from '../../platform/config/env.js';
import type { Channel, MessageChannel } from './channel.js';
import { EmailChannel } from './email.channel.js';
import { UNSENT_MAIL } from './unsent-mail.js';

/**
 * The channels from outside, else e-mail. Without a mail server messages are stored and can be read, but not sent.
 */
export function channelsInForce(
  { smtpUrl, mailFrom }: Env,
  extra: readonly Channel[] | null = null,
): readonly MessageChannel[] {
  if (extra !== null && extra.length > 0) return extra;
  return [smtpUrl === null ? UNSENT_MAIL : new EmailChannel({ smtpUrl, mailFrom })];
}
