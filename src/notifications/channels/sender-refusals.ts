/*
 * How mail servers say at RCPT TO, or after DATA, that they refuse us and not this recipient. The reply code does not
 * tell: 550, 554 and 5.7.1 stand for both, and Postfix gives every refusal at RCPT TO (smtpd_delay_reject). The replies
 * in sender-refusals.spec.ts are those of Postfix, Exim, sendmail, qmail, Exchange, Gmail, Amazon SES, SendGrid, Mailgun,
 * Postmark and SMTP2GO.
 */

interface SenderRefusal {
  /** What an operator reads. */
  readonly why: string;
  /** Enhanced status codes without their class: 5.7.54 is `7.54`. */
  readonly statuses: readonly string[];
  /** Each needs a blank between two words. The name of a recipient, which may stand in a reply, has none. */
  readonly words: RegExp;
}

const SENDER_REFUSALS: readonly SenderRefusal[] = [
  {
    why: 'the server does not relay for us',
    // Exchange: the recipient's domain is not its own, and a connector that does not know us.
    statuses: ['7.54', '7.64'],
    words:
      /\brelay(?:ing)? (?:access )?(?:is )?(?:denied|prohibited|not (?:permitted|allowed))|\b(?:unable|configured) to relay\b|\b(?:do not|don't) relay\b|\brelay of mail is not allowed|\(relaying\) is not allowed|\binvalid credentials for relay\b|\blist of allowed rcpthosts/,
  },
  {
    why: 'the server asks for a login',
    // RFC 4954, sections 6 and 7 of RFC 5248's registry; Exchange: anonymous mail.
    statuses: ['7.8', '7.9', '7.11', '7.57', '7.139'],
    words:
      /\bauthentication (?:is )?required\b|\brequires (?:smtp )?authentication\b|\b(?:please|must) authenticate\b|\b(?:not|be) authenticated\b|\bunauthenticated senders? not\b|\bsmtp authentication in your\b/,
  },
  {
    why: 'the server does not take mail of our sender',
    // RFC 3463: a bad sender; RFC 7372 and 7505: its domain does not prove the mail; Exchange: not the login's sender.
    statuses: ['1.7', '1.8', '7.20', '7.21', '7.22', '7.23', '7.24', '7.25', '7.26', '7.27', '7.60'],
    words:
      /\bsender address rejected\b|\bclient host (?:\S+ )?(?:rejected|blocked)\b|\bhelo command rejected\b|\bverified sender identity\b|\bsender domain not verified\b|\bemail address is not verified\b|\bdomain is unverified\b|\bsandbox subdomains are for test\b|\bsender verify failed\b|\bbanned sending ip\b|\btraffic not accepted from this ip\b|\bsender signature (?:was )?not (?:found|confirmed)\b|\bunauthorized sender\b/,
  },
  {
    why: 'the mail provider has stopped our account',
    statuses: [],
    words:
      /\bsending paused for this account\b|\bmaximum credits exceeded\b|\bdaily (?:\S+ )?sending (?:limit|quota) exceeded\b|\bsending quota exceeded\b/,
  },
];

/** Why the server refuses every message of ours, in words for an operator; null where the reply does not say so. Pure. */
export function senderRefusalOf(status: string, reply: string): string | null {
  const subject = status.slice(status.indexOf('.') + 1);
  const words = withoutAddresses(reply);
  return (
    SENDER_REFUSALS.find(({ statuses, words: said }) => statuses.includes(subject) || said.test(words))
      ?.why ?? null
  );
}

/** A customer chooses the address, and must not choose how a reply that repeats it is read. */
const withoutAddresses = (reply: string): string =>
  reply
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => !word.includes('@'))
    .join(' ');
