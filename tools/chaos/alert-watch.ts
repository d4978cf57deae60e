import { setTimeout as sleep } from 'node:timers/promises';
import type { ListedMessage } from './message-oracle.js';
import type { ChaosStage } from './stage.js';

const GIVE_UP_AFTER_MS = 60_000;
const PAUSE_MS = 100;

/** Waits until the alert about a payment was sent on every channel. Throws after 60 s. */
export async function waitUntilAlerted(stage: ChaosStage, gateway: string, paymentId: string): Promise<void> {
  const end = performance.now() + GIVE_UP_AFTER_MS;
  while (performance.now() < end) {
    // Faults go on meanwhile.
    const sent = await channelsTold(stage, gateway, paymentId).catch(() => new Set<string>());
    if (Object.keys(stage.ends).every((channel) => sent.has(channel))) return;
    await sleep(PAUSE_MS);
  }
  throw new Error(`the alert about ${gateway} ${paymentId} was not sent on every channel`);
}

async function channelsTold(stage: ChaosStage, gateway: string, paymentId: string): Promise<Set<string>> {
  const payments = await stage.readApi<{ items: { id: string }[] }>(
    `/payments?gateway=${gateway}&gatewayPaymentId=${paymentId}`,
  );
  const [payment] = payments.items;
  if (payment === undefined) return new Set();
  const { items } = await stage.readApi<{ items: ListedMessage[] }>(`/notifications?paymentId=${payment.id}`);
  return new Set(
    items.flatMap(({ kind, status, channel }) =>
      kind === 'payment_failed' && status === 'sent' ? [channel] : [],
    ),
  );
}
