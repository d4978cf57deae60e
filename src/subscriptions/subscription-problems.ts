import { problemOf, type Problem, type ProblemType } from '../feature.js';
import type { BodyFault } from './api/subscription-body.js';

export const MAX_SUBSCRIPTIONS = 100;

export const INVALID_BODY: ProblemType = {
  type: '/problems/invalid-body',
  title: 'The body is not what it must be',
  status: 422,
  when: 'a member of the body is wrong, or its URL leads where nothing is sent to; `errors` names each with its path',
};

export const TOO_MANY_SUBSCRIPTIONS: ProblemType = {
  type: '/problems/too-many-subscriptions',
  title: 'There are too many subscriptions',
  status: 409,
  when: `there are ${MAX_SUBSCRIPTIONS} subscriptions`,
};

export const SUBSCRIPTION_STATUS: ProblemType = {
  type: '/problems/subscription-status',
  title: 'The status of the subscription does not allow this',
  status: 409,
  when: 'the subscription is in a status that does not allow it; `detail` says why',
};

export const NOT_CONFIRMED: ProblemType = {
  type: '/problems/subscription-not-confirmed',
  title: 'The subscriber did not answer the challenge',
  status: 409,
  when: 'the challenge was sent and not answered as it must be; `detail` says how',
};

export const invalidBody = (errors: readonly BodyFault[]): Problem => problemOf(INVALID_BODY, { errors });

export const notAllowedNow = (detail: string): Problem => problemOf(SUBSCRIPTION_STATUS, { detail });
