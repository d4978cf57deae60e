import { type ProblemType, TOO_MANY_REFUSALS, UNAUTHORIZED } from '../../platform/http/problem-types.js';
import type { RefusalReason } from '../gateways/gateway.js';

/** One wording for every reason that a request does not verify: a forger learns nothing from the answer. */
const NOT_VERIFIED: ProblemType = {
  status: 401,
  type: '/problems/not-verified',
  title: 'The request could not be verified',
  when: 'the signature or the token is missing, malformed, wrong, too old or too far ahead',
};

/** What the sender is answered, for each reason. */
export const REFUSAL_PROBLEMS: Readonly<Record<RefusalReason, ProblemType>> = {
  missing_signature: NOT_VERIFIED,
  malformed_signature: NOT_VERIFIED,
  no_secret_matches: NOT_VERIFIED,
  too_old: NOT_VERIFIED,
  too_far_ahead: NOT_VERIFIED,
  bad_token: NOT_VERIFIED,
  unknown_gateway: {
    status: 404,
    type: '/problems/not-found',
    title: 'No such gateway',
    when: 'there is no such gateway',
  },
  unknown_account: {
    status: 404,
    type: '/problems/not-found',
    title: 'No such account',
    when: 'the gateway has no such account, or no secret is configured for it',
  },
  content_type: {
    status: 415,
    type: '/problems/content-type',
    title: 'This content type is not taken here',
    when: 'the gateway sends no such content type',
  },
  content_encoding: {
    status: 415,
    type: '/problems/content-encoding',
    title: 'Send the body without an encoding',
    when: 'the body has a content encoding',
  },
  too_large: {
    status: 413,
    type: '/problems/too-large',
    title: 'The body is larger than 1 MiB',
    when: 'the body is larger than 1 MiB',
  },
  not_json: {
    status: 400,
    type: '/problems/unreadable-body',
    title: 'The body cannot be read',
    when: 'the request verifies, but its body is not UTF-8, neither JSON nor a form, or nested over 64 levels',
  },
  rate_limited: TOO_MANY_REFUSALS,
  overloaded: {
    status: 503,
    type: '/problems/overloaded',
    title: 'Cannot store the event now: send it again',
    when: 'too many requests are in memory',
  },
  not_stored: {
    status: 503,
    type: '/problems/not-stored',
    title: 'The event could not be stored: send it again',
    when: 'the database is unavailable or refuses the event',
  },
  cannot_verify_now: {
    status: 503,
    type: '/problems/cannot-verify-now',
    title: 'Cannot verify the signature now: send it again',
    when: 'too many signatures are being checked',
  },
  bad_key: UNAUTHORIZED,
};

/** Every reason, as it is counted and shown. */
export const REFUSAL_REASONS = Object.keys(REFUSAL_PROBLEMS) as readonly RefusalReason[];

/** The answer of a gateway that wants to hear of an invalid body (`invalidBodyResponse: 'unprocessable'`). */
export const INVALID_BODY: ProblemType = {
  status: 422,
  type: '/problems/invalid-body',
  title: 'The body does not say what it must',
  when: 'the message verifies and is stored, but its body is invalid',
};
