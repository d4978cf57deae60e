import { HttpException } from '@nestjs/common';
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

export const notFound = (what: string): Problem =>
  new Problem({ type: '/problems/not-found', title: `No such ${what}`, status: 404 });

/**
 * `detail` may contain names of parameters but never values. It passes the redactor, because names come from the
 * sender.
 */
export const badRequest = (detail: string): Problem =>
  new Problem({
    type: '/problems/bad-request',
    title: 'The request cannot be read',
    status: 400,
    detail: redact(detail),
  });

/** How long a client should wait before it asks again during an outage. */
const RETRY_AFTER_SECONDS = 5;

/** The database is unavailable. The same request may succeed later. */
export const databaseUnavailable = (cause?: unknown): Problem =>
  new Problem(
    { type: '/problems/database-unavailable', title: 'The database cannot be reached now', status: 503 },
    { 'Retry-After': String(RETRY_AFTER_SECONDS) },
    { cause },
  );
