import type { Request } from 'express';
import type { Admitted } from '../../platform/http/admission.js';
import type { RefusalReason } from '../gateways/gateway.js';
import type { UnverifiedBodyBudget } from './unverified-body-budget.js';

/** The largest body that is read: 1 MiB. */
export const MAX_BODY_BYTES = 1024 * 1024;
/** 1 MiB in chunks of 64 bytes. A chunk costs about 130 bytes of memory and 1 to 2 µs. */
const MAX_CHUNKS = 16_384;
const CHUNK_OVERHEAD_BYTES = 128;
/** Chunks are joined this often, so that a body sent byte by byte takes no more memory than it counts for. */
const CHUNKS_PER_JOIN = 256;
const MAX_DISCARDED_BYTES = 2 * MAX_BODY_BYTES;
const MAX_DISCARDING_MS = 2_000;

/** The sender closed the connection before its body was complete. Nobody is left to be answered. */
export class RequestAbortedError extends Error {}

/** A request that can let others go first while it waits, where the server bounds how many are under way. */
type BodyRequest = Request & Partial<Pick<Admitted, 'releaseSlot' | 'reclaimSlot'>>;

/** The chunks of a body so far. A body of one chunk is not copied. */
class ChunkBuffer {
  size = 0;
  count = 0;
  private readonly joined: Buffer[] = [];
  private unjoined: Buffer[] = [];

  add(chunk: Buffer): void {
    this.size += chunk.length;
    this.count++;
    this.unjoined.push(chunk);
    if (this.unjoined.length === CHUNKS_PER_JOIN) this.joinChunks();
  }

  toBuffer(): Buffer {
    const chunks = [...this.joined, ...this.unjoined];
    const [first] = chunks;
    return first && chunks.length === 1 ? first : Buffer.concat(chunks, this.size);
  }

  private joinChunks(): void {
    this.joined.push(Buffer.concat(this.unjoined));
    this.unjoined = [];
  }
}

/** The complete body, which counts against the budget until `release` is called; or why it was not read. */
export type RawBody = { readonly raw: Buffer; readonly release: () => void } | RefusalReason;

/**
 * Reads the body exactly as it was sent. Stops with a reason when the body is too large or comes in too many chunks
 * (`too_large`), or when the budget has no room (`overloaded`): before the first byte where the announced length does
 * not fit, later where this request is slow and others need its room. The caller must call `release` when the body is
 * verified or refused.
 * @throws RequestAbortedError (the promise rejects) when the sender closes, or has closed, the connection.
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
      if (typeof result === 'string') budget.release(reservation);
      resolve(result);
    };
    const onData = (chunk: Buffer): void => {
      if (body.size + chunk.length > MAX_BODY_BYTES || body.count >= MAX_CHUNKS) return end('too_large');
      if (!budget.reserve(reservation, chunk.length, Date.now())) return end('overloaded');
      body.add(chunk);
    };
    const onEnd = (): void => {
      budget.complete(reservation);
      end({ raw: body.toBuffer(), release: () => budget.release(reservation) });
    };
    const onClose = (): void => {
      stop();
      budget.release(reservation);
      reject(new RequestAbortedError());
    };
    const reservation = budget.open(Date.now(), () => end('overloaded'));
    request.releaseSlot?.();
    request.on('data', onData).on('end', onEnd).on('close', onClose).on('error', onClose);
  });
}

/**
 * Discards the rest of a refused body: up to 2 MiB and 2 s of it, so that the sender can finish and read its answer.
 * After that the connection is cut.
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
