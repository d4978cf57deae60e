/**
 * One kind of problem (RFC 9457): what a route answers, and what `/docs-json` says about it. `when` completes the
 * sentence "answered when ...".
 */
export interface ProblemType {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly when: string;
}

export const BAD_REQUEST: ProblemType = {
  type: '/problems/bad-request',
  title: 'The request cannot be read',
  status: 400,
  when: 'a parameter or a member of the body is unknown, repeated, empty or malformed; `detail` names it',
};

export const UNAUTHORIZED: ProblemType = {
  type: '/problems/unauthorized',
  title: 'A valid API key is needed',
  status: 401,
  when: 'the bearer key is missing or wrong',
};

export const FORBIDDEN: ProblemType = {
  type: '/problems/forbidden',
  title: 'The role of this key does not allow this',
  status: 403,
  when: 'the role of the key is none that the route allows',
};

export const NOT_FOUND: ProblemType = {
  type: '/problems/not-found',
  title: 'No such resource',
  status: 404,
  when: 'nothing has this id',
};

/** Express refuses such a path before any route sees it. */
export const UNREADABLE_PATH: ProblemType = {
  type: 'about:blank',
  title: 'Bad Request',
  status: 400,
  when: 'the path cannot be decoded',
};

/** What a route with an id in its path may answer. */
export const BY_ID = [UNREADABLE_PATH, NOT_FOUND] as const;

export const TOO_LARGE: ProblemType = {
  type: '/problems/too-large',
  title: 'The body is too large',
  status: 413,
  when: 'the body has more than 16 KiB',
};

export const CONTENT_ENCODING: ProblemType = {
  type: '/problems/content-encoding',
  title: 'Send the body without an encoding',
  status: 415,
  when: 'the body has a content encoding',
};

export const TOO_MANY_REFUSALS: ProblemType = {
  type: '/problems/too-many-refusals',
  title: 'Too many refused requests',
  status: 429,
  when: 'too many requests from this address were refused; it takes the place of a 401, 404 or 405',
};

export const DATABASE_UNAVAILABLE: ProblemType = {
  type: '/problems/database-unavailable',
  title: 'The database cannot be reached now',
  status: 503,
  when: 'the database does not answer; the same request may succeed later',
};
