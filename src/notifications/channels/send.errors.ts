import { ReportableError } from '../../platform/logging/reportable-error.js';

/*
 * None of these errors has a cause, because a mail server's answer repeats the address, and errors are logged. Their
 * messages name the failed step and the code, never the server's text.
 *
 * `name` is what operators read in `lastError` and in the log. The names are older than the classes' names, and stay,
 * because operators may filter by them.
 */

/** A message was not sent, and a later attempt may succeed: the server is unreachable, slow or busy. */
export class TransientSendError extends ReportableError {
  override readonly name: string = 'TransientDeliveryError';

  constructor(
    message: string,
    /** The server asked to wait at least this long. */
    readonly retryAfterMs = 0,
  ) {
    super(message);
  }
}

/**
 * No message can be sent before an operator changes a setting: the server refused the login, the sender or the
 * encryption. It concerns every message alike, so the message spends no attempt.
 */
export class ChannelSettingsError extends TransientSendError {
  override readonly name = 'ChannelSettingsError';
}

/** The recipient or the message was refused for good. More attempts would make the shop look like a spammer. */
export class PermanentSendError extends ReportableError {
  override readonly name: string = 'PermanentDeliveryError';
}

/** The receiver takes no message any more. The message is refused for good, and the channel is paused. */
export class ChannelGoneError extends PermanentSendError {
  override readonly name = 'ChannelGoneError';
}
