import { PermanentDeliveryError, TransientDeliveryError } from './delivery.errors.js';

/** What nodemailer's errors carry beside their message. */
interface SmtpFailure {
  /** `ETIMEDOUT`, `EAUTH`, `EENVELOPE`, … */
  readonly code: string;
  /** The SMTP step that failed; nodemailer calls its own checks and the connection `API` and `CONN`. */
  readonly step: string;
  /** The server's reply code; 0 where there was no reply. */
  readonly reply: number;
}

/** Steps that speak of this recipient or message. A refused login or sender is ours to put right: try again later. */
const STEPS_ABOUT_THE_MESSAGE: ReadonlySet<string> = new Set(['RCPT TO', 'DATA']);

/** Replies that ask for a login or for TLS (RFC 4954, section 6; RFC 3207, section 4), at whatever step they come. */
const REPLIES_ABOUT_US: ReadonlySet<number> = new Set([530, 534, 535, 538]);

/** What a failure to send means. Its words name the step and the code, never the server's text or an address. */
export function deliveryErrorOf(error: unknown): PermanentDeliveryError | TransientDeliveryError {
  const failure = failureOf(error);
  const words = `mail was not sent: ${[
    failure.code,
    failure.reply || '',
    failure.step && `at ${failure.step}`,
  ]
    .filter(Boolean)
    .join(' ')}`;
  return isFinal(failure) ? new PermanentDeliveryError(words) : new TransientDeliveryError(words);
}

function isFinal({ code, step, reply }: SmtpFailure): boolean {
  // Refused before it was sent: larger than the server said it takes.
  if (code === 'EMESSAGE' && step === 'MAIL FROM') return true;
  return STEPS_ABOUT_THE_MESSAGE.has(step) && reply >= 500 && reply <= 599 && !REPLIES_ABOUT_US.has(reply);
}

function failureOf(error: unknown): SmtpFailure {
  const told = new Map<string, unknown>(error instanceof Error ? Object.entries(error) : []);
  const [code, step, reply] = [told.get('code'), told.get('command'), told.get('responseCode')];
  return {
    code: typeof code === 'string' ? code : 'unknown failure',
    step: typeof step === 'string' ? step : '',
    reply: typeof reply === 'number' ? reply : 0,
  };
}
