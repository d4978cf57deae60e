import { HttpException } from '@nestjs/common';
import { redact } from '../logging/redactor.js';

/** A fault as RFC 9457 has it. `type` is a path of ours; further members stand beside the standard ones. */
export interface ProblemDocument {
  type: string;
  title: string;
  status: number;
  detail?: string;
  [member: string]: unknown;
}

/** Thrown anywhere in a request; answered as `application/problem+json`, with these headers. */
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

/** `detail` may name what was sent: the names, not the values, and of those nothing that the redactor knows. */
export const badRequest = (detail: string): Problem =>
  new Problem({
    type: '/problems/bad-request',
    title: 'The request cannot be read',
    status: 400,
    detail: redact(detail),
  });

/** In seconds: what an outage is given to pass before a reader asks again. */
const RETRY_AFTER_SECONDS = 5;

/** The database cannot be worked with at present; the same request may well be answered later. */
export const databaseUnavailable = (cause?: unknown): Problem =>
  new Problem(
    { type: '/problems/database-unavailable', title: 'The database cannot be reached now', status: 503 },
    { 'Retry-After': String(RETRY_AFTER_SECONDS) },
    { cause },
  );
