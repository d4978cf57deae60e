import type { CustomerView, PaymentSummaryView } from '../../payments/index.js';
import type { RenderedMessage } from '../messages/message.js';

/** How a customer may be reached, as a gateway reported it. A value may be unusable. */
export interface Contact {
  readonly email: string | null;
  readonly phone: string | null;
}

/** What a message is about, as the read API shows it. */
export interface MessageDetails {
  readonly payment: PaymentSummaryView;
  /** The customer of the payment; of its order, where the gateway told no address. */
  readonly customer: CustomerView;
}

export interface OutgoingMessage {
  /** The notification's id. Every attempt has the same id, so that a repetition can be recognised. */
  readonly id: string;
  /** One usable address of the channel's kind; empty for a channel that needs no address. */
  readonly to: string;
  /** What the message says, as one word: `payment_failed`, `payment_received`. */
  readonly kind: string;
  readonly rendered: RenderedMessage;
  /**
   * Aborted when the process has to give the message up, and when `send` took half of `Leases.sendMs`. `send` then ends within
   * 250 ms, as it likes, and another one follows.
   */
  readonly signal: AbortSignal;
  /** Reads what the message is about, as it is now. */
  readDetails(): Promise<MessageDetails>;
}

export type SendResult =
  /** The next system accepted the message. `reference` is the id by which that system knows it. */
  | { readonly status: 'sent'; readonly reference: string | null }
  /** The message was deliberately not sent. `reason` is a code for operators. */
  | { readonly status: 'suppressed'; readonly reason: string };

/** A way to reach a customer. A new channel is one file, and one line in the list of channels or in a plug-in. */
export interface Channel {
  /** Lower-case letters, digits and `_`. It is stored with each message, so it never changes once it is deployed. */
  readonly name: string;

  /**
   * The address of this channel's kind, or null when the contact has no usable one. Null in place of the function for a
   * channel that needs no address: it is given every message but those to customers who were erased.
   */
  readonly addressOf: ((contact: Contact) => string | null) | null;

  /**
   * Sends one message, in less than half of `Leases.sendMs` (60 s); longer is a failed try. Throws `PermanentSendError` when the message was refused for
   * good, and `ChannelSettingsError` when an operator must change a setting. Any other error is retried, with the same
   * id; `TransientSendError` may say when. A message may be sent twice when the server's answer is lost. Whatever else it
   * returns than a suppression with its reason counts as sent.
   */
  send(message: OutgoingMessage): Promise<SendResult>;

  /** Called when the application closes, after the last `send` has ended. */
  close?(): void;
}

/**
 * Stands in for a channel that is not set up, such as e-mail without a mail server. Every message that would go out ends
 * as suppressed with this reason, together with its decision.
 */
export interface UnsentChannel extends Pick<Channel, 'name' | 'addressOf'> {
  readonly suppresses: string;
}

/** A channel that messages are scheduled for. */
export type MessageChannel = Channel | UnsentChannel;

export const isUnsent = (channel: MessageChannel): channel is UnsentChannel => 'suppresses' in channel;

/** Injection token of channels from outside, which plug-ins and host applications add. */
export const EXTRA_CHANNELS = Symbol('EXTRA_CHANNELS');

/** Injection token of the channels in force: `readonly MessageChannel[]`, one or more. */
export const CHANNELS = Symbol('CHANNELS');
