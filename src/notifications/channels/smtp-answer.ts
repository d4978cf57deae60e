import { senderRefusalOf } from './sender-refusals.js';
import { ChannelSettingsError, PermanentSendError, TransientSendError } from './send.errors.js';

/** The fields of nodemailer's errors that this module reads. */
interface SmtpFailure {
  /** nodemailer's own code: `ETIMEDOUT`, `EAUTH`, `EENVELOPE`, … */
  readonly code: string;
  /** The code of Node.js or OpenSSL that caused it, such as `ECONNREFUSED` or `CERT_HAS_EXPIRED`. Empty without one. */
  readonly cause: string;
  /** The SMTP step that failed. nodemailer names its own checks `API`, and the connection `CONN`. */
  readonly step: string;
  /** The server's reply code. 0 without a reply. */
  readonly reply: number;
  /** The enhanced status code of the reply (RFC 3463), such as `5.1.1`. Empty without one. */
  readonly status: string;
  /** Why the server refuses every message alike, in our words. Null where it does not say so. */
  readonly senderRefusal: string | null;
}

/** A refusal at these steps concerns this recipient or this message, unless the reply says that it concerns the sender. */
const MESSAGE_STEPS: ReadonlySet<string> = new Set(['RCPT TO', 'DATA']);

/** Replies at any step that ask for a login or for TLS (RFC 4954, section 6; RFC 3207, section 4). */
const SETTINGS_REPLIES: ReadonlySet<number> = new Set([530, 534, 535, 538]);

/** nodemailer's codes for a server whose name has no address, and for encryption that was refused or is impossible. */
const CONNECTION_CODES: ReadonlySet<string> = new Set(['EDNS', 'ETLS', 'EREQUIRETLS']);
/** The codes of OpenSSL for a certificate that does not prove the server's name, and for a failed handshake. */
export const HANDSHAKE = /CERT|^ERR_(?:TLS|SSL|OSSL)|^EPROTO$|UNABLE_TO_(?:VERIFY|GET)/;
/** A server that refuses for good before a message is named takes none. */
const CONNECTION_STEPS: ReadonlySet<string> = new Set(['CONN', 'EHLO', 'HELO', 'STARTTLS']);

/** The first rule that matches decides the error class. If no rule matches, the error is transient. */
const RULES: readonly [
  typeof PermanentSendError | typeof ChannelSettingsError,
  (f: SmtpFailure) => boolean,
][] = [
  // nodemailer refused the message before sending, because it is larger than the server announced to accept.
  [PermanentSendError, ({ code, step }) => code === 'EMESSAGE' && step === 'MAIL FROM'],
  [ChannelSettingsError, ({ reply }) => SETTINGS_REPLIES.has(reply)],
  [ChannelSettingsError, ({ code, reply }) => code === 'EAUTH' && !isTransient(reply)],
  [ChannelSettingsError, ({ code, cause }) => CONNECTION_CODES.has(code) || HANDSHAKE.test(cause)],
  [ChannelSettingsError, ({ step, reply }) => CONNECTION_STEPS.has(step) && isPermanent(reply)],
  // 552 concerns the size of the message (RFC 1870, section 6.1).
  [ChannelSettingsError, ({ step, reply }) => step === 'MAIL FROM' && isPermanent(reply) && reply !== 552],
  [ChannelSettingsError, ({ senderRefusal }) => senderRefusal !== null],
  [PermanentSendError, ({ step, reply }) => MESSAGE_STEPS.has(step) && isPermanent(reply)],
];

const isPermanent = (reply: number): boolean => reply >= 500 && reply <= 599;
const isTransient = (reply: number): boolean => reply >= 400 && reply <= 499;

/**
 * Classifies an error of nodemailer: final, to be fixed by an operator, or transient. The message names the codes and
 * the step (`connect`, `AUTH …`, `MAIL FROM`, `RCPT TO`, `DATA`), never the server's text or an address.
 */
export function toSendError(error: unknown): PermanentSendError | TransientSendError {
  const failure = parseFailure(error);
  const parts = [
    failure.code,
    failure.cause,
    failure.reply || '',
    failure.status,
    failure.step && `at ${failure.step === 'CONN' ? 'connect' : failure.step}`,
  ];
  const ErrorClass = RULES.find(([, matches]) => matches(failure))?.[0] ?? TransientSendError;
  const why = failure.senderRefusal === null ? '' : `: ${failure.senderRefusal}`;
  return new ErrorClass(`mail was not sent: ${parts.filter(Boolean).join(' ')}${why}`);
}

/**
 * How nodemailer, Node.js and OpenSSL spell their codes. Any other value may be text of the server, and is left out.
 */
export const CODE = /^[A-Z][A-Z0-9_]{1,60}$/;
const STEP = /^[A-Z][A-Z0-9 -]{1,30}$/;
const STATUS = /^\d{3}[ -]([245]\.\d{1,3}\.\d{1,3})(?: |$)/;

function parseFailure(error: unknown): SmtpFailure {
  const fields = new Map<string, unknown>(isObject(error) ? Object.entries(error) : []);
  const text = (name: string, pattern: RegExp): string => {
    const value = fields.get(name);
    return typeof value === 'string' && pattern.test(value) ? value : '';
  };
  const [reply, said] = [fields.get('responseCode'), fields.get('response')];
  const response = typeof said === 'string' ? said : '';
  const status = STATUS.exec(response)?.[1] ?? '';
  return {
    code: text('code', CODE) || 'unknown failure',
    cause: text('originalCode', CODE),
    step: text('command', STEP),
    reply: typeof reply === 'number' ? reply : 0,
    status,
    senderRefusal: senderRefusalOf(status, response),
  };
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
