import type { Response } from 'express';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/**
 * Sends the parts as the body, each when the client has taken those before it. What fails before the first part is thrown,
 * and becomes an ordinary answer. What fails later cuts the connection, so that a client never takes a part for the whole.
 * When the client goes away the generator is ended.
 */
export async function sendStream(
  response: Response,
  parts: AsyncGenerator<string>,
  headers: Readonly<Record<string, string>>,
): Promise<void> {
  const first = await parts.next();
  response.status(200).set(headers);
  try {
    await pipeline(Readable.from(startingWith(first, parts), { objectMode: false }), response);
  } catch {
    // The client has gone, or the connection was cut: nobody is left to be answered.
    response.destroy();
  } finally {
    await parts.return(undefined);
  }
}

async function* startingWith(
  first: IteratorResult<string>,
  rest: AsyncGenerator<string>,
): AsyncGenerator<string> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}
