import type { Request } from 'express';
import { badRequest, Problem } from './problem.js';

const MAX_BYTES = 16 * 1024;

const tooLarge = (): Problem =>
  new Problem({ type: '/problems/too-large', title: 'The body is too large', status: 413 });

/** The body of an operator's request, at most 16 kB of JSON with an object in it; throws a {@link Problem} if not. */
export async function readJsonObject(request: Request): Promise<Record<string, unknown>> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BYTES) throw tooLarge();
    chunks.push(chunk);
  }
  return objectIn(Buffer.concat(chunks).toString('utf8'));
}

function objectIn(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    if (value !== null && typeof value === 'object' && !Array.isArray(value))
      return value as Record<string, unknown>;
  } catch (error) {
    // What the parser says quotes the body: it goes no further.
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw badRequest('the body must be a JSON object');
}
