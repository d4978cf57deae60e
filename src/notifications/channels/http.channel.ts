import { Webhook } from 'standardwebhooks';
import type { Channel, OutgoingMessage, SendResult } from './channel.js';
import { toAnswerError, toNoAnswerError } from './http-answer.js';

export const HTTP_CHANNEL = 'http';

/** The `type` of what it sends. */
export const MESSAGE_DUE = 'message.due';

/** From the start of a request to the head of its answer. */
export const HTTP_TIMEOUT_MS = 10_000;

export interface HttpChannelOptions {
  readonly url: string;
  /** `whsec_…`, one or two. A message is signed by each, so that a secret is exchanged without a gap. */
  readonly secrets: readonly string[];
  readonly timeoutMs?: number;
}

/**
 * Messages as signed HTTP requests to one receiver of the operator's, which passes them on. It needs no address: the
 * receiver knows its customers.
 *
 * The status of the answer decides (`http-answer.ts`). Its body is not read: one that never ends, or breaks off, takes no
 * slot of the channel.
 */
export class HttpChannel implements Channel {
  readonly name = HTTP_CHANNEL;
  readonly addressOf = null;
  private readonly signers: readonly Webhook[];

  constructor(private readonly options: HttpChannelOptions) {
    this.signers = options.secrets.map((secret) => new Webhook(secret));
  }

  async send(message: OutgoingMessage): Promise<SendResult> {
    const sentAt = new Date();
    const body = await bodyOf(message, sentAt);
    const response = await this.post(message, sentAt, body);
    const error = toAnswerError(response, Date.now());
    // An answer that broke off has nothing left to cancel.
    await response.body?.cancel().catch(() => undefined);
    if (error !== null) throw error;
    return { status: 'sent', reference: null };
  }

  /** Rejects with {@link toNoAnswerError} where no answer comes. */
  private async post({ id, signal }: OutgoingMessage, sentAt: Date, body: string): Promise<Response> {
    try {
      return await fetch(this.options.url, {
        method: 'POST',
        headers: {
          'content-type': 'application/json; charset=utf-8',
          'webhook-id': id,
          'webhook-timestamp': String(Math.floor(sentAt.getTime() / 1000)),
          'webhook-signature': this.signers.map((signer) => signer.sign(id, sentAt, body)).join(' '),
        },
        body,
        redirect: 'manual',
        signal: AbortSignal.any([signal, AbortSignal.timeout(this.options.timeoutMs ?? HTTP_TIMEOUT_MS)]),
      });
    } catch (error) {
      throw toNoAnswerError(error);
    }
  }
}

async function bodyOf(message: OutgoingMessage, sentAt: Date): Promise<string> {
  const { payment, customer } = await message.readDetails();
  const { locale, subject, text, html } = message.rendered;
  return JSON.stringify({
    type: MESSAGE_DUE,
    timestamp: sentAt.toISOString(),
    data: { kind: message.kind, locale, subject, text, html, customer, payment },
  });
}
