import type { Response } from 'express';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** What happens with a reader that takes nothing. */
export interface StallPolicy {
  /** Its connection is cut after so many milliseconds. */
  readonly afterMs: number;
  onStall(): void;
}

/**
 * Sends the parts as the body, each when the client has taken those before it. What fails before the first part is thrown,
 * and becomes an ordinary answer. What fails later cuts the connection, so that a client never takes a part for the whole.
 * When the client goes away the generator is ended, as it is when the client takes nothing for too long.
 */
export async function sendStream(
  response: Response,
  parts: AsyncGenerator<string>,
  headers: Readonly<Record<string, string>>,
  stall: StallPolicy,
): Promise<void> {
  const first = await parts.next();
  response.status(200).set(headers);
  response.setTimeout(stall.afterMs, () => {
    // Nothing waits to be taken where the next part is still being read: that is not the fault of the client.
    if (response.writableLength === 0) return;
    stall.onStall();
    response.destroy();
  });
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
