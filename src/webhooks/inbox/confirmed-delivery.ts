import { newId } from '../../platform/database/new-id.js';
import type { InterpretedMessage } from '../message/interpret-message.js';
import type { NewDelivery } from './delivery.store.js';
import { INITIAL_STATUS } from './initial-status.js';

/** The type of every confirmation, as operators see it. */
const CONFIRMATION = 'confirmation';

/** A question that a shop's confirmation asks, about a payment of this account. */
export interface ConfirmationQuestion {
  readonly gateway: string;
  readonly account: string;
  readonly hint: string;
}

/**
 * The row that a confirmation is stored as. Nothing of what the browser brought is stored but the hint: a signature is
 * checked once, and the rest is a stranger's text. Every confirmation is new, because a payment may be asked about again.
 */
export function toConfirmedDelivery({ gateway, account, hint }: ConfirmationQuestion): {
  delivery: NewDelivery;
  interpreted: InterpretedMessage;
} {
  const id = newId();
  const interpreted = hintOnly(hint);
  const delivery: NewDelivery = {
    id,
    gateway,
    account,
    key: `${CONFIRMATION}:${id}`,
    eventId: null,
    eventType: CONFIRMATION,
    provenance: 'confirmed',
    causedBy: null,
    verdict: 'hint',
    status: INITIAL_STATUS[interpreted.content.kind],
    headers: [['content-type', 'application/json']],
    raw: Buffer.from(JSON.stringify({ hint })),
    errors: null,
    hintOrder: hint,
    receivedAt: new Date(),
  };
  return { delivery, interpreted };
}

/** A confirmation is stored in our own words, and no gateway reads them. */
export const interpretStoredConfirmation = (raw: Buffer): InterpretedMessage =>
  hintOnly((JSON.parse(raw.toString()) as { hint: string }).hint);

const hintOnly = (hint: string): InterpretedMessage => ({
  key: null,
  eventId: null,
  type: CONFIRMATION,
  content: { kind: 'hint', hint },
});
