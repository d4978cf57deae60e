/** Why a payload cannot be decrypted: its key is not configured, or its bytes were changed. */
export type PayloadErrorCode = 'unknown_payload_key' | 'payload_damaged';

/**
 * A payload cannot be decrypted. `code` and `keyName` say why and may be logged and shown: the name is a fingerprint of the
 * key. The work on the delivery fails and is retried, so that it succeeds once a missing key is configured.
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
