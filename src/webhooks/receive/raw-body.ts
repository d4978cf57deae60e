import type { Request } from 'express';
import type { Admitted } from '../../platform/http/admission.js';
import type { RefusalReason } from '../gateways/gateway.js';
import type { UnverifiedBodyBudget } from './unverified-body-budget.js';

/** The largest body that is read, in bytes. */
export const MAX_BODY_BYTES = 1024 * 1024;
/** In how many pieces a body may come: of 1 MiB, 64 bytes each. A piece costs 130 bytes and a microsecond or two. */
const MAX_CHUNKS = 16_384;
const CHUNK_OVERHEAD_BYTES = 128;
/** So many pieces are put together, so that a body of single bytes takes no more memory than it counts for. */
const CHUNKS_PER_JOIN = 256;
const MAX_DISCARDED_BYTES = 2 * MAX_BODY_BYTES;
const MAX_DISCARDING_MS = 2_000;

/** The sender went away before the end: there is nobody left to answer. */
export class RequestAbortedError extends Error {}

/** What a request is to this file: Node's, which can let others go first where the server admits them in turn. */
type BodyRequest = Request & Partial<Pick<Admitted, 'releaseSlot' | 'reclaimSlot'>>;

/** What has come of a body. One that came in one piece is not copied. */
class ChunkBuffer {
  size = 0;
  count = 0;
  private readonly joined: Buffer[] = [];
  private unjoined: Buffer[] = [];

  add(piece: Buffer): void {
    this.size += piece.length;
    this.count++;
    this.unjoined.push(piece);
    if (this.unjoined.length === CHUNKS_PER_JOIN) this.joinChunks();
  }

  toBuffer(): Buffer {
    const [first, ...others] = [...this.joined, ...this.unjoined];
    return first && others.length === 0
      ? first
      : Buffer.concat([...this.joined, ...this.unjoined], this.size);
  }

  private joinChunks(): void {
    this.joined.push(Buffer.concat(this.unjoined));
    this.unjoined = [];
  }
}

/** A body that was read, which counts against the budget until `done` is called, or why it was not read. */
export type RawBody = { readonly raw: Buffer; readonly release: () => void } | RefusalReason;

/**
 * Reads the body as it came. Answers with a reason, and stops reading, when it is too large or in too many
 * pieces, or when too much is in hand: at once where its announced length does not fit, later where it is slow and others need the room. Who gets
 * the bytes calls `done` once they are verified, or refused.
 * @throws RequestAbortedError when the sender has gone away, now or before.
 */
export function readRawBody(request: BodyRequest, budget: UnverifiedBodyBudget): Promise<RawBody> {
  if (request.destroyed) return Promise.reject(new RequestAbortedError());
  const announced = Number(request.headers['content-length'] ?? 0);
  if (!budget.hasRoom(announced, Date.now())) return Promise.resolve('overloaded');
  return new Promise((resolve, reject) => {
    const body = new ChunkBuffer();
    const stop = (): void => {
      request.off('data', onData).off('end', onEnd).off('close', onClose);
      request.reclaimSlot?.();
    };
    const end = (result: RawBody): void => {
      stop();
      if (typeof result === 'string') budget.release(holding);
      resolve(result);
    };
    const onData = (chunk: Buffer): void => {
      if (body.size + chunk.length > MAX_BODY_BYTES || body.count >= MAX_CHUNKS) return end('too_large');
      if (!budget.reserve(holding, chunk.length, Date.now())) return end('overloaded');
      body.add(chunk);
    };
    const onEnd = (): void => {
      budget.complete(holding);
      end({ raw: body.toBuffer(), release: () => budget.release(holding) });
    };
    const onClose = (): void => {
      stop();
      budget.release(holding);
      reject(new RequestAbortedError());
    };
    const holding = budget.open(Date.now(), () => end('overloaded'));
    request.releaseSlot?.();
    request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
  });
}

/**
 * Lets go of a body that was refused: a little of it is thrown away unseen, so that the sender can finish and read
 * its answer; one that goes on sending is cut off.
 */
export function discardRest(request: Request): void {
  if (request.complete || request.destroyed) return;
  const cutOff = (): void => {
    request.socket.destroy();
  };
  const timer = setTimeout(cutOff, MAX_DISCARDING_MS).unref();
  let discarded = 0;
  request.on('data', (chunk: Buffer) => {
    discarded += chunk.length + CHUNK_OVERHEAD_BYTES;
    if (discarded > MAX_DISCARDED_BYTES) cutOff();
  });
  request.once('end', () => clearTimeout(timer)).once('close', () => clearTimeout(timer));
}
