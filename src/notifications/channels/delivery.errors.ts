/**
 * A delivery that did not happen and may succeed later: the server is away, slow or busy, or our settings are wrong.
 * Neither error has a cause: a mail server's answer repeats the address it was given, and errors are logged.
 */
export class TransientDeliveryError extends Error {
  override readonly name = 'TransientDeliveryError';
}

/** The recipient or the message was refused for good: trying again only makes us look like a spammer. */
export class PermanentDeliveryError extends Error {
  override readonly name = 'PermanentDeliveryError';
}
