import { problemOf, type Problem } from './problem.js';
import type { ProblemType } from './problem-types.js';

/* Bodies that are checked member by member, to name every fault with its path. Pure. */

/** A fault of a body, and where it is. */
export interface BodyFault {
  path: string;
  message: string;
}

/** What is wrong with a value, as the end of a sentence; null when nothing is. */
export type BodyRule = (value: unknown) => string | null;

export const INVALID_MEMBERS: ProblemType = {
  type: '/problems/invalid-body',
  title: 'The body is not what it must be',
  status: 422,
  when: 'a member of the body or an id in the path is wrong; `errors` names each with its path',
};

export const invalidMembers = (errors: readonly BodyFault[]): Problem =>
  problemOf(INVALID_MEMBERS, { errors });

export const faultAt = (path: string, message: string | null): BodyFault[] =>
  message === null ? [] : [{ path, message }];

/** Names come from the caller: a fault shows so many characters of each, and so many names. */
export const MAX_SHOWN_NAME = 64;
const MAX_SHOWN_NAMES = 10;

export const unknownMembers = (given: object, known: readonly string[], prefix: string): BodyFault[] =>
  Object.keys(given)
    .filter((name) => !known.includes(name))
    .slice(0, MAX_SHOWN_NAMES)
    .map((name) => ({ path: prefix + name.slice(0, MAX_SHOWN_NAME), message: 'is unknown' }));

/** A text of `least` to `most` characters. PostgreSQL stores no text with a NUL or with half of a surrogate pair. */
export function textRule(least: number, most: number): BodyRule {
  return (value) => {
    const length = typeof value === 'string' ? [...value].length : -1;
    if (typeof value !== 'string' || length < least || length > most)
      return `must be a text of ${least} to ${most} characters`;
    return value.isWellFormed() && !value.includes('\0') ? null : 'must be a text that can be stored';
  };
}
