import { ReportableError } from '../../platform/events/index.js';

/*
 * None of these errors has a cause: a mail server's answer repeats the address it was given, and errors are logged.
 * Their messages name the failed step and the code, never the server's text.
 */

/** A delivery that did not happen and may succeed later: the server is unreachable, slow or busy. */
export class TransientSendError extends ReportableError {
  override readonly name: string = 'TransientDeliveryError';
}

/**
 * A delivery that cannot succeed before an operator has changed a setting: the login, the sender or the encryption was
 * refused. It concerns every message alike, so the message spends no attempt on it.
 */
export class ChannelSettingsError extends TransientSendError {
  override readonly name = 'ChannelSettingsError';
}

/** The recipient or the message was refused for good: trying again only makes us look like a spammer. */
export class PermanentSendError extends ReportableError {
  override readonly name = 'PermanentDeliveryError';
}
