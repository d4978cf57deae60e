import { Webhook } from 'standardwebhooks';
import type { OutgoingRequest } from './http-sender.js';

/** The members of every body that is sent to a subscriber. */
export interface MessageBody {
  readonly type: string;
  /** ISO 8601. */
  readonly timestamp: string;
  readonly data: object;
  /** Counts the events of what the event is about. */
  readonly sequence?: number;
  /** Of a silent event: it follows from a replay, and nobody was mailed for it. */
  readonly replayed?: true;
}

/** A request as the Standard Webhooks specification writes it, signed with each of the secrets. `body` is JSON. */
export function signMessage(
  id: string,
  body: string,
  secrets: readonly string[],
  now: Date,
): OutgoingRequest {
  return {
    body,
    headers: {
      'content-type': 'application/json',
      'user-agent': 'payhook',
      'accept-encoding': 'identity',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1000)),
      'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, now, body)).join(' '),
    },
  };
}
