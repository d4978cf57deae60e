import type { IncomingMessage } from 'node:http';
import type { SendResult } from './send-result.js';

/** More of an answer is neither read nor kept: the connection is closed. */
export const MAX_ANSWER_BYTES = 64 * 1024;

/** Of all answers that are being read together. Beyond this nothing more of any of them is read. */
const MAX_READ_BYTES = 32 * 1024 * 1024;

/** How much of the answers that are being read is in memory. */
export interface ReadBytes {
  total: number;
}

/** What came of an answer, from its head on. */
export class AnswerReader {
  private readonly chunks: Buffer[] = [];
  private size = 0;
  private isTaken = false;

  constructor(
    private readonly response: IncomingMessage,
    private readonly read: ReadBytes,
  ) {}

  /** False once more came than is kept, of this answer or of all. */
  add(chunk: Buffer): boolean {
    if (this.isTaken) return false;
    this.chunks.push(chunk);
    this.size += chunk.length;
    this.read.total += chunk.length;
    return this.size <= MAX_ANSWER_BYTES && this.read.total <= MAX_READ_BYTES;
  }

  /** Called when the answer was taken. */
  forget(): void {
    this.read.total -= this.size;
    this.chunks.length = this.size = 0;
    this.isTaken = true;
  }

  /** The answer with at most {@link MAX_ANSWER_BYTES} of its body. */
  answered(): SendResult {
    return {
      kind: 'answered',
      status: this.status,
      answer: toKeptText(Buffer.concat(this.chunks)),
      retryAfter: this.response.headers['retry-after'] ?? null,
    };
  }

  /** The status counts where the body did not come to its end, such as 410 or 503. A success must be whole. */
  brokenOff(failure: SendResult): SendResult {
    return this.status >= 200 && this.status < 300 ? failure : this.answered();
  }

  private get status(): number {
    return this.response.statusCode ?? 0;
  }
}

/**
 * The text as PostgreSQL stores it, in at most {@link MAX_ANSWER_BYTES} of UTF-8. It is cut after it was read: a byte that is
 * no text, and a NUL, become U+FFFD, which has three bytes. As part of a stream half a character at the end is left out.
 */
function toKeptText(body: Buffer): string {
  const text = body.subarray(0, MAX_ANSWER_BYTES + 1).toString('utf8');
  const bytes = Buffer.from(text.replaceAll('\0', '\u{FFFD}')).subarray(0, MAX_ANSWER_BYTES);
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes, { stream: true });
}
