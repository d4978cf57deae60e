import type { RenderedMessage } from '../messages/message.js';

/** How a customer may be reached, as a gateway told it: nothing here need be usable. */
export interface Contact {
  readonly email: string | null;
  readonly phone: string | null;
}

export interface OutgoingMessage {
  /** The notification's id: the same at every try, so that a repeat can be recognised. */
  readonly id: string;
  /** One usable address of the channel's kind. */
  readonly to: string;
  readonly rendered: RenderedMessage;
}

export type SendResult =
  /** Taken over by the next system; `reference` is what it knows the message by. */
  | { readonly status: 'sent'; readonly reference: string | null }
  /** Deliberately not sent; `reason` is a code for operators. */
  | { readonly status: 'suppressed'; readonly reason: string };

/**
 * A way to reach a customer: one file, and one line in the module.
 *
 * `deliver` is bounded in time. It throws `PermanentDeliveryError` when the message was refused for good; anything
 * else it throws may be retried. A message may be delivered twice when the answer is lost on its way.
 */
export interface Channel {
  readonly name: string;
  /** The address of this channel's kind, or null when there is no usable one. */
  addressOf(contact: Contact): string | null;
  send(message: OutgoingMessage): Promise<SendResult>;
}

/** Injects a channel to be used in place of e-mail, where something provides one. */
export const EXTRA_CHANNEL = Symbol('EXTRA_CHANNEL');

/** Injection token of the channel in force. */
export const CHANNEL = Symbol('CHANNEL');
