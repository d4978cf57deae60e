import { retryAfterIn } from '../../platform/http/retry-after.js';
import {
  ChannelGoneError,
  ChannelSettingsError,
  PermanentSendError,
  TransientSendError,
} from './send.errors.js';
import { CODE, HANDSHAKE } from './smtp-answer.js';

type SendErrorClass = typeof TransientSendError | typeof PermanentSendError;

/** The first rule that matches decides the error class. If no rule matches, the error is transient. */
const RULES: readonly [SendErrorClass, (status: number) => boolean][] = [
  [ChannelGoneError, (status) => status === 410],
  // The URL or the secret is wrong for every message alike.
  [ChannelSettingsError, (status) => [401, 403, 404].includes(status)],
  // A redirect is not followed: it would carry the message elsewhere. The specification of fetch calls it status 0.
  [ChannelSettingsError, (status) => status === 0 || (status >= 300 && status < 400)],
  [TransientSendError, (status) => [408, 425, 429].includes(status)],
  [PermanentSendError, (status) => status >= 400 && status < 500],
];

/** What the status of an answer means; null where the receiver took the message. The rest of an answer means nothing. */
export function toAnswerError(
  { status, headers }: Pick<Response, 'status' | 'headers'>,
  nowMs: number,
): PermanentSendError | TransientSendError | null {
  if (status >= 200 && status < 300) return null;
  const message = `the receiver answered ${status === 0 ? 'with a redirect' : status}`;
  const ErrorClass = RULES.find(([, matches]) => matches(status))?.[0] ?? TransientSendError;
  if (ErrorClass !== TransientSendError) return new ErrorClass(message);
  return new TransientSendError(message, retryAfterIn(headers.get('retry-after'), nowMs) ?? 0);
}

/**
 * Why there was no answer. Names the code of Node.js or OpenSSL and never the receiver's text: by its specification
 * `fetch` rejects for two things only, the signal and whatever happens on the network.
 */
export function toNoAnswerError(error: unknown): TransientSendError {
  const { name, cause } = error as { name?: unknown; cause?: { code?: unknown } };
  if (name === 'TimeoutError') return new TransientSendError('the receiver did not answer in time');
  const code = typeof cause?.code === 'string' && CODE.test(cause.code) ? cause.code : '';
  const ErrorClass = HANDSHAKE.test(code) ? ChannelSettingsError : TransientSendError;
  return new ErrorClass(`the receiver could not be reached: ${code || 'network'}`);
}
