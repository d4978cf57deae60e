import type { RenderedMessage } from '../messages/message.js';

/** How a customer may be reached, as a gateway reported it. A value may be unusable. */
export interface Contact {
  readonly email: string | null;
  readonly phone: string | null;
}

export interface OutgoingMessage {
  /** The notification's id. Every attempt has the same id, so that a repetition can be recognised. */
  readonly id: string;
  /** One usable address of the channel's kind. */
  readonly to: string;
  readonly rendered: RenderedMessage;
}

export type SendResult =
  /** The next system accepted the message. `reference` is the id by which that system knows it. */
  | { readonly status: 'sent'; readonly reference: string | null }
  /** The message was deliberately not sent. `reason` is a code for operators. */
  | { readonly status: 'suppressed'; readonly reason: string };

/** A way to reach a customer. A new channel is one file, and one line in the module. */
export interface Channel {
  readonly name: string;

  /**
   * Set where the channel sends nothing, as without a mail server. Every message that would go out then ends as suppressed
   * with this reason, together with its decision, and `send` is not called.
   */
  readonly suppresses?: string;

  /** The address of this channel's kind, or null when the contact has no usable one. */
  addressOf(contact: Contact): string | null;

  /**
   * Sends one message, in less time than `Leases.sendMs`. Throws `PermanentSendError` when the message was refused for
   * good, and `ChannelSettingsError` when an operator must change a setting. Any other error is retried, with the same
   * id. A message may be sent twice when the server's answer is lost.
   */
  send(message: OutgoingMessage): Promise<SendResult>;
}

/** Injection token of a channel that replaces e-mail. A plug-in may provide it. */
export const EXTRA_CHANNEL = Symbol('EXTRA_CHANNEL');

/** Injection token of the channel in force. */
export const CHANNEL = Symbol('CHANNEL');
