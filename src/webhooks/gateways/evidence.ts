import type { Evidence, VerifiedMessage } from './gateway.js';

/**
 * Evidence of a request that nobody sent, for simulators and tests. What is left out is empty; the body is plain JSON
 * without the limits that a received one has.
 */
export function createEvidence(known: Partial<Evidence> & Pick<Evidence, 'secrets' | 'now'>): Evidence {
  return {
    raw: Buffer.alloc(0),
    headers: {},
    url: '/',
    token: null,
    settings: {},
    mode: 'live',
    publicUrl: () => `https://payhook.example${known.url ?? '/'}`,
    parse: (raw) => JSON.parse(raw.toString('utf8')) as unknown,
    ...known,
  };
}

/** A verified message that nobody sent, for simulators and tests. */
export function createMessage(
  known: Partial<VerifiedMessage> & Pick<VerifiedMessage, 'receivedAt'>,
): VerifiedMessage {
  const raw = known.raw ?? Buffer.from(JSON.stringify(known.body ?? {}));
  return {
    raw,
    body: JSON.parse(raw.toString('utf8')) as unknown,
    headers: {},
    provenance: 'received',
    mode: 'live',
    settings: {},
    ...known,
  };
}
