import { ConfigurationError } from '../../platform/config/configuration.errors.js';
import type { Env } from '../../platform/config/env.js';
import type { Channel, MessageChannel } from './channel.js';
import { EmailChannel } from './email.channel.js';
import { HttpChannel } from './http.channel.js';
import { UNSENT_MAIL } from './unsent-mail.js';

/**
 * The channels that ship, by their names in `MESSAGE_CHANNELS`. Without a mail server messages are stored and can be read,
 * but not sent. `readEnv` refuses `http` without its URL.
 */
const SHIPPED = new Map<string, (env: Env) => MessageChannel | null>([
  [
    'mail',
    ({ smtpUrl, mailFrom }) => (smtpUrl === null ? UNSENT_MAIL : new EmailChannel({ smtpUrl, mailFrom })),
  ],
  ['http', ({ httpChannel }) => httpChannel && new HttpChannel(httpChannel)],
]);

/** Names that a channel from outside may not have: those above, and what the channels that ship are stored as. */
export const TAKEN_CHANNEL_NAMES: readonly string[] = [...SHIPPED.keys(), 'email', 'log'];

/**
 * The channels that `MESSAGE_CHANNELS` names, in that order. Where it is not set, the channels from outside replace e-mail.
 * @throws ConfigurationError where it names a channel that nobody brings.
 */
export function channelsInForce(
  env: Env,
  extra: readonly Channel[] | null = null,
): readonly MessageChannel[] {
  const added = new Map((extra ?? []).map((channel) => [channel.name, channel]));
  const names = env.messageChannels ?? (added.size > 0 ? [...added.keys()] : ['mail']);
  const known = [...SHIPPED.keys(), ...added.keys()];
  return names.map((name) => {
    const channel = SHIPPED.get(name)?.(env) ?? added.get(name);
    if (channel !== undefined) return channel;
    throw new ConfigurationError([
      `MESSAGE_CHANNELS names ${name}, which is no channel: those are ${known.join(', ')}`,
    ]);
  });
}
