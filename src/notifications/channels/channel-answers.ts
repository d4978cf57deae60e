import { isStorable, MAX_REASON_LENGTH, toStoredText } from '../../platform/database/stored-text.js';
import { TransientSendError } from './send.errors.js';
import type { Channel, Contact, MessageChannel, OutgoingMessage, SendResult } from './channel.js';

/*
 * A channel may be a plug-in's, which no compiler checked: what it returns may be anything, and is read here.
 */

/** How long a `send` that was aborted may take to say what became of the message. */
const GRACE_MS = 250;

/** Of an address, in bytes of UTF-8. An entry of an index has at most 2,704. */
const MAX_ADDRESS_BYTES = 2_000;
/** Of a reason, which is a code and a label of a metric, in characters. */
const MAX_CODE_LENGTH = 255;

/**
 * The address that the channel can use; empty where it needs none. An address that is empty, no text, too long or cannot be
 * stored reaches nobody.
 */
export function usableAddress(channel: MessageChannel, contact: Contact): string | null {
  if (channel.addressOf === null) return '';
  const address: unknown = channel.addressOf(contact);
  if (typeof address !== 'string' || address.trim() === '' || !isStorable(address)) return null;
  return Buffer.byteLength(address) <= MAX_ADDRESS_BYTES ? address : null;
}

/**
 * What a `send` that did not throw means. The customer may have been told, and is not told again: all but a suppression with
 * its reason counts as sent, and a reference that cannot be stored is left out.
 */
export function toSendResult(answer: unknown): SendResult {
  const { status, reason, reference } = (answer ?? {}) as Record<string, unknown>;
  if (status === 'suppressed' && typeof reason === 'string')
    return { status, reason: toStoredText(reason, MAX_CODE_LENGTH) };
  const isUsable =
    typeof reference === 'string' && reference.length <= MAX_REASON_LENGTH && isStorable(reference);
  return { status: 'sent', reference: isUsable ? reference : null };
}

/**
 * Sends a message. The signal of a `send` that takes longer than `limitMs` is aborted, and the channel is waited for no
 * longer: a `send` that never settles would keep its slot for ever.
 * @throws TransientSendError when the channel does not answer in time, or soon after `message.signal` was aborted.
 */
export async function sendWithin(
  channel: Channel,
  message: OutgoingMessage,
  limitMs: number,
): Promise<SendResult> {
  const late = new AbortController();
  const signal = AbortSignal.any([message.signal, late.signal]);
  const limit = setTimeout(() => late.abort(), limitMs);
  const patience = patienceAfter(signal, Math.min(GRACE_MS, limitMs / 2));
  try {
    return toSendResult(await Promise.race([channel.send({ ...message, signal }), patience.over]));
  } finally {
    clearTimeout(limit);
    patience.end();
  }
}

/** `over` rejects `graceMs` after the signal was aborted, unless `end` was called before. */
function patienceAfter(signal: AbortSignal, graceMs: number): { over: Promise<never>; end: () => void } {
  let timer: NodeJS.Timeout | undefined;
  let begin = (): void => undefined;
  const over = new Promise<never>((_resolve, reject) => {
    begin = () => {
      timer = setTimeout(() => reject(new TransientSendError('the channel did not answer in time')), graceMs);
    };
    if (signal.aborted) begin();
    else signal.addEventListener('abort', begin, { once: true });
  });
  const end = (): void => {
    signal.removeEventListener('abort', begin);
    clearTimeout(timer);
  };
  return { over, end };
}
