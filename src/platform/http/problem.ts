import { HttpException } from '@nestjs/common';
import {
  BAD_REQUEST,
  DATABASE_UNAVAILABLE,
  NOT_FOUND,
  type ProblemType,
  TOO_LARGE,
} from './problem-types.js';
import { redact } from '../logging/redactor.js';

/** A problem document (RFC 9457). `type` is a path of Payhook; further members are allowed. */
export interface ProblemDocument {
  type: string;
  title: string;
  status: number;
  detail?: string;
  [member: string]: unknown;
}

/** Thrown anywhere in a request. It is answered as `application/problem+json` with these headers. */
export class Problem extends HttpException {
  constructor(
    readonly document: ProblemDocument,
    readonly headers: Readonly<Record<string, string>> = {},
    options: { cause?: unknown } = {},
  ) {
    super(document, document.status, options);
  }
}

/** A problem of a known kind. `members` replace or extend those of the document. */
export const problemOf = (
  { type, title, status }: ProblemType,
  members: Readonly<Record<string, unknown>> = {},
  headers: Readonly<Record<string, string>> = {},
  options: { cause?: unknown } = {},
): Problem => new Problem({ type, title, status, ...members }, headers, options);

export const notFound = (what: string): Problem => problemOf(NOT_FOUND, { title: `No such ${what}` });

/** `detail` may repeat names that the caller sent, and never a value; the redactor masks what looks secret in it. */
export const badRequest = (detail: string): Problem => problemOf(BAD_REQUEST, { detail: redact(detail) });

export const tooLarge = (): Problem => problemOf(TOO_LARGE);

/** In seconds: how long a reader waits before it asks again during an outage. */
const RETRY_AFTER_SECONDS = 5;

/** The database cannot be used at present; the same request may succeed later. */
export const databaseUnavailable = (cause?: unknown): Problem =>
  problemOf(DATABASE_UNAVAILABLE, {}, { 'Retry-After': String(RETRY_AFTER_SECONDS) }, { cause });
