import { describe, expect, it } from '@jest/globals';
import { senderRefusalOf } from './sender-refusals.js';

const RELAY = 'the server does not relay for us';
const LOGIN = 'the server asks for a login';
const SENDER = 'the server does not take mail of our sender';
const STOPPED = 'the mail provider has stopped our account';

const statusOf = (reply: string): string => /^\d{3}[ -](\d\.\d+\.\d+)/.exec(reply)?.[1] ?? '';

describe('a reply at RCPT TO or after DATA that refuses us', () => {
  it.each([
    // Postfix; 454 with its default smtpd_relay_restrictions.
    [RELAY, '554 5.7.1 <asha@example.com>: Relay access denied'],
    [RELAY, '454 4.7.1 <asha@example.com>: Relay access denied'],
    [SENDER, '553 5.7.1 <shop@example.com>: Sender address rejected: not owned by user shop'],
    [SENDER, '550 5.1.8 <shop@shop.example>: Sender address rejected: Domain not found'],
    [SENDER, '554 5.7.1 <unknown[10.0.0.1]>: Client host rejected: Access denied'],
    [SENDER, '554 5.7.1 Service unavailable; Client host [10.0.0.1] blocked using zen.spamhaus.org'],
    [SENDER, '504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname'],
    // Exim.
    [RELAY, '550 relay not permitted'],
    [LOGIN, '550-Please turn on SMTP Authentication in your mail client\n550 and log in first.'],
    // sendmail, and what others say like it.
    [RELAY, '550 5.7.1 <asha@example.com>... Relaying denied'],
    [RELAY, '550 5.7.1 <asha@example.com>... we do not relay'],
    [RELAY, '554 Refused. Sending to remote addresses (relaying) is not allowed'],
    [RELAY, '501 This system is not configured to relay mail to example.com'],
    [LOGIN, '503 This mail server requires authentication when attempting to send to a non-local address'],
    // qmail.
    [RELAY, "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)"],
    // Exchange.
    [RELAY, '550 5.7.1 Unable to relay'],
    [RELAY, '550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain'],
    [RELAY, '550 5.7.64 TenantAttribution; Relay Access Denied'],
    [LOGIN, '530 5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL FROM'],
    [SENDER, '550 5.7.60 SMTP; Client does not have permissions to send as this sender'],
    // Amazon SES.
    [LOGIN, '530 Authentication required'],
    [
      SENDER,
      '554 Message rejected: Email address is not verified. The following identities failed the check',
    ],
    [STOPPED, '554 Message rejected: Sending paused for this account.'],
    // SendGrid.
    [LOGIN, '550 Unauthenticated senders not allowed'],
    [SENDER, '550 The from address does not match a verified Sender Identity.'],
    [STOPPED, '451 Authentication failed: Maximum credits exceeded'],
    // Mailgun.
    [RELAY, '550 5.7.1 Relaying denied'],
    [SENDER, '421 Domain shop.example is not allowed to send: The domain is unverified and requires DNS'],
    [SENDER, '550 Sandbox subdomains are for test purposes only. Please add your own domain'],
    // SMTP2GO.
    [RELAY, '550 Relay access denied - please authenticate'],
    [SENDER, '550 From header sender domain not verified'],
    // What others say. The first line of a reply may repeat the recipient.
    [SENDER, '550-Verification failed for <shop@shop.example>\n550 Sender verify failed'],
    [SENDER, '550-<asha@example.com>\n550 Sender verify failed'],
    [RELAY, '550 5.7.1 Invalid credentials for relay [10.0.0.1]. The IP address is not registered'],
    [SENDER, '550 5.7.511 Access denied, banned sending IP [10.0.0.1]'],
    [SENDER, '550 5.7.1 Traffic not accepted from this IP'],
    [SENDER, '550 Sender Signature not found'],
    [SENDER, '550 5.7.1 Sender Signature not confirmed'],
    [SENDER, '550 5.7.1 <asha@example.com> Unauthorized sender'],
    [STOPPED, '550 5.4.5 Daily user sending limit exceeded. For more information go to a page'],
    [STOPPED, '550 5.4.5 Daily user sending quota exceeded'],
    [STOPPED, '550 5.4.5 Daily sending quota exceeded'],
    [STOPPED, '554 Sending quota exceeded'],
    // RFC 7372.
    [SENDER, '550 5.7.26 Multiple authentication checks failed'],
  ])('%s: %s', (why, reply) => {
    expect(senderRefusalOf(statusOf(reply), reply)).toBe(why);
  });

  it.each([
    '550 5.1.1 <asha@example.com>: Recipient address rejected: User unknown in local recipient table',
    '554 5.7.1 <asha@example.com>: Recipient address rejected: Access denied',
    '550 5.7.1 Message rejected as spam',
    '552 5.2.2 Mailbox full',
    '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup',
    '550 5.7.129 RESOLVER.RST.RestrictedToRecipientsPermission; not authorized to send to recipient',
    '550 No such user here',
    // A customer may choose such an address.
    '550 5.1.1 <relay-access-denied@example.com>: Recipient address rejected: User unknown',
    '550 5.1.1 relay.not.permitted: no such user',
    '550 5.1.1 authentication_required@relaying.denied.example unknown',
    '550 5.1.1 <unauthorized-sender@example.com>: User unknown',
    '550 5.1.1 sender.verify.failed@banned-sending-ip.example unknown',
    '550 5.1.1 sender-signature-not-found: no such user',
    '552 5.2.2 <sending.quota.exceeded@example.com>: mailbox quota exceeded',
    // About the recipient.
    '550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup',
    '452 4.2.2 The recipient has exceeded the quota for receiving mail',
    '550 5.2.1 The user is receiving mail at a rate that is limited; daily limit exceeded',
  ])('not in: %s', (reply) => {
    expect(senderRefusalOf(statusOf(reply), reply)).toBeNull();
  });
});
