import { ChannelSettingsError, PermanentSendError, TransientSendError } from './send.errors.js';

/** What nodemailer's errors carry beside their message. */
interface SmtpFailure {
  /** nodemailer's own word: `ETIMEDOUT`, `EAUTH`, `EENVELOPE`, … */
  readonly code: string;
  /** The code of Node.js or OpenSSL behind it, such as `ECONNREFUSED` or `CERT_HAS_EXPIRED`; else empty. */
  readonly cause: string;
  /** The SMTP step that failed; nodemailer calls its own checks and the connection `API` and `CONN`. */
  readonly step: string;
  /** The server's reply code; 0 where there was no reply. */
  readonly reply: number;
  /** The enhanced status code of the reply (RFC 3463), such as `5.1.1`; else empty. */
  readonly status: string;
}

/** Steps that speak of this recipient or message. */
const MESSAGE_STEPS: ReadonlySet<string> = new Set(['RCPT TO', 'DATA']);

/** Replies that ask for a login or for TLS (RFC 4954, section 6; RFC 3207, section 4), at whatever step they come. */
const SETTINGS_REPLIES: ReadonlySet<number> = new Set([530, 534, 535, 538]);

/** nodemailer's words for a refused or impossible encryption. */
const TLS_CODES: ReadonlySet<string> = new Set(['ETLS', 'EREQUIRETLS']);
/** OpenSSL's words for a certificate that does not prove the server's name. */
const CERTIFICATE = /CERT|ERR_TLS|UNABLE_TO_(?:VERIFY|GET)/;

/** The first rule that holds says which error it is; else it may succeed later. */
const RULES: readonly [
  typeof PermanentSendError | typeof ChannelSettingsError,
  (f: SmtpFailure) => boolean,
][] = [
  // Refused before it was sent: larger than the server said it takes.
  [PermanentSendError, ({ code, step }) => code === 'EMESSAGE' && step === 'MAIL FROM'],
  [ChannelSettingsError, ({ reply }) => SETTINGS_REPLIES.has(reply)],
  [ChannelSettingsError, ({ code, reply }) => code === 'EAUTH' && !isTransient(reply)],
  [ChannelSettingsError, ({ code, cause }) => TLS_CODES.has(code) || CERTIFICATE.test(cause)],
  // 552 speaks of the message's size (RFC 1870, section 6.1).
  [ChannelSettingsError, ({ step, reply }) => step === 'MAIL FROM' && isPermanent(reply) && reply !== 552],
  [PermanentSendError, ({ step, reply }) => MESSAGE_STEPS.has(step) && isPermanent(reply)],
];

const isPermanent = (reply: number): boolean => reply >= 500 && reply <= 599;
const isTransient = (reply: number): boolean => reply >= 400 && reply <= 499;

/**
 * What a failure to send means: final, the operator's to put right, or worth another try. The message names the codes
 * and the step (`connect`, `AUTH …`, `MAIL FROM`, `RCPT TO`, `DATA`), never the server's text or an address.
 */
export function toSendError(error: unknown): PermanentSendError | TransientSendError {
  const failure = parseFailure(error);
  const said = [
    failure.code,
    failure.cause,
    failure.reply || '',
    failure.status,
    failure.step && `at ${failure.step === 'CONN' ? 'connect' : failure.step}`,
  ];
  const words = `mail was not sent: ${said.filter(Boolean).join(' ')}`;
  const Meant = RULES.find(([, holds]) => holds(failure))?.[0] ?? TransientSendError;
  return new Meant(words);
}

/** As nodemailer, Node.js and OpenSSL spell their codes: anything else could be text of the server. */
const CODE = /^[A-Z][A-Z0-9_]{1,60}$/;
const STEP = /^[A-Z][A-Z0-9 -]{1,30}$/;
const STATUS = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})(?: |$)/;

function parseFailure(error: unknown): SmtpFailure {
  const told = new Map<string, unknown>(isObject(error) ? Object.entries(error) : []);
  const text = (name: string, pattern: RegExp): string => {
    const value = told.get(name);
    return typeof value === 'string' && pattern.test(value) ? value : '';
  };
  const [reply, response] = [told.get('responseCode'), told.get('response')];
  return {
    code: text('code', CODE) || 'unknown failure',
    cause: text('originalCode', CODE),
    step: text('command', STEP),
    reply: typeof reply === 'number' ? reply : 0,
    status: (typeof response === 'string' && STATUS.exec(response)?.[1]) || '',
  };
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
