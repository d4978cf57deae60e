/** Why stored bytes cannot be had: no key of that name is configured, or the bytes are not what was sealed. */
export type PayloadErrorCode = 'unknown_payload_key' | 'payload_damaged';

/**
 * The bytes of one delivery cannot be read. `code` and `keyName` say why and may be logged and shown: a name is a
 * fingerprint, not a key. The work on that delivery fails and is tried again, so that an unknown key heals by itself
 * once it is configured.
 */
export class PayloadUnreadableError extends Error {
  override readonly name = 'PayloadUnreadableError';

  constructor(
    readonly code: PayloadErrorCode,
    readonly keyName: string,
    options: { cause?: unknown } = {},
  ) {
    super(MESSAGES[code](keyName), options);
  }
}

const MESSAGES: Readonly<Record<PayloadErrorCode, (keyName: string) => string>> = {
  unknown_payload_key: (keyName) => `the payload is encrypted under ${keyName}, which PAYLOAD_KEYS lacks`,
  payload_damaged: (keyName) => `the payload is not what was encrypted under ${keyName}`,
};
