import { type Problem, problemOf } from '../../platform/http/problem.js';
import type { ProblemType } from '../../platform/http/problem-types.js';
import type { ValidationIssue } from '../gateways/gateway.js';

export const INVALID_CONFIRMATION: ProblemType = {
  type: '/problems/invalid-confirmation',
  title: 'The gateway did not give this out',
  status: 422,
  when: 'the form of the body is not known, or its signature does not match; `errors` names the members',
};

export const NOTHING_TO_ASK: ProblemType = {
  type: '/problems/not-found',
  title: 'No such gateway or account with an API key',
  status: 404,
  when: 'the gateway has no confirmations, or the account is not configured or has no API key',
};

export const CANNOT_ASK_NOW: ProblemType = {
  type: '/problems/cannot-ask-now',
  title: 'The gateway cannot be asked now: confirm again',
  status: 503,
  when: 'too many confirmations came or wait, or this one could not be stored',
};

/** In seconds: a question that waits takes a second or two. */
const RETRY_AFTER_SECONDS = 5;

export const invalidConfirmation = (errors: readonly ValidationIssue[]): Problem =>
  problemOf(INVALID_CONFIRMATION, { errors });

export const cannotAskNow = (seconds = RETRY_AFTER_SECONDS, cause?: unknown): Problem =>
  problemOf(CANNOT_ASK_NOW, {}, { 'Retry-After': String(seconds) }, { cause });
