import type { NoticeContent } from '../../platform/notices/index.js';
import type { EndpointState } from './endpoint-states.js';

/** What is known when an account falls silent. */
export interface SilenceFacts {
  readonly gateway: string;
  readonly account: string;
  readonly since: Date;
  readonly now: Date;
  readonly refusals: readonly { readonly finding: string; readonly count: number }[];
  readonly endpoint: EndpointState | null;
  /** Where the gateway must call. */
  readonly path: string;
}

/** What a refusal means for whoever has to put it right. */
const FINDINGS: Readonly<Record<string, string>> = {
  missing_signature: 'had no signature',
  malformed_signature: 'had a signature that cannot be read',
  no_secret_matches:
    'had a signature that none of the configured secrets matches: was the secret changed at the gateway?',
  secret_of_another_account:
    'were signed with the secret of another account: the URL or the secret is the wrong one',
  altered_body: 'had a body that was altered on its way: a proxy in front may rewrite it',
  too_old: 'had a time of more than 5 minutes ago: is the clock of this machine right?',
  too_far_ahead: 'had a time of more than 5 minutes ahead: is the clock of this machine right?',
  bad_token: 'had a wrong token in the URL',
  unknown_account: 'named an account that is not configured: the URL at the gateway may be an old one',
  content_type: 'had a content type that this gateway does not send',
  content_encoding: 'had a body that was compressed on its way',
  too_large: 'had a body of more than 1 MiB',
  not_json: 'were verified and had a body that cannot be read',
  rate_limited: 'were refused because too many bad requests came from their address',
  overloaded: 'came while too many requests were in memory',
  not_stored: 'could not be stored: was the database unavailable?',
  cannot_verify_now: 'came while too many signatures were being checked',
};

/** The mail about an account that fell silent: what is known, the likely causes, and what to look at. Pure. */
export function silenceNotice(facts: SilenceFacts): NoticeContent {
  const name = facts.account === 'default' ? facts.gateway : `${facts.gateway}, account ${facts.account}`;
  const causes = [...endpointCauses(facts), ...refusalCauses(facts)];
  return {
    subject: `Payhook hears nothing from ${name}`,
    paragraphs: [
      `The last event from ${name} came ${duration(facts.now.getTime() - facts.since.getTime())} ago, on ${moment(facts.since)}. Nothing came ` +
        'for more than twice as long as the longest pause of the last 14 days.',
      causes.length > 0
        ? 'The likely causes:'
        : 'This service refused nothing of it since then. What to look at:',
    ],
    points: causes.length > 0 ? causes : whatToLookAt(facts),
  };
}

function endpointCauses({ gateway, endpoint }: SilenceFacts): string[] {
  if (endpoint === null) return [];
  if (!endpoint.enabled) return [`${gateway} says that the endpoint is disabled. Enable it there.`];
  if (endpoint.missingEvents.length === 0) return [];
  const shown = endpoint.missingEvents.slice(0, 10).join(', ');
  const more = endpoint.missingEvents.length > 10 ? ` and ${endpoint.missingEvents.length - 10} more` : '';
  return [`The endpoint at ${gateway} is not subscribed to ${shown}${more}.`];
}

const refusalCauses = ({ refusals }: SilenceFacts): string[] =>
  refusals.map(({ finding, count }) => {
    const words = FINDINGS[finding] ?? `were refused (${finding})`;
    return count === 1
      ? `1 request since then ${words.replace(/^were /, 'was ')}.`.replace(/\?\.$/, '?')
      : `${count} requests since then ${words}.`.replace(/\?\.$/, '?');
  });

const whatToLookAt = ({ gateway, path, endpoint }: SilenceFacts): string[] => [
  ...(endpoint === null
    ? [`Is the endpoint still enabled at ${gateway}, with a URL that ends in ${path}?`]
    : []),
  'Can the service be reached from outside: DNS, certificate, proxy, firewall?',
  'Does the shop sell less than usual, for example on a holiday? Then nothing has to be done.',
];

const moment = (at: Date): string => `${at.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

/** In whole hours, from two days on in days. */
function duration(ms: number): string {
  const minutes = Math.max(1, Math.floor(ms / 60_000));
  const [count, unit] =
    minutes < 120
      ? [minutes, 'minute']
      : minutes < 48 * 60
        ? [Math.floor(minutes / 60), 'hour']
        : [Math.floor(minutes / 1_440), 'day'];
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
