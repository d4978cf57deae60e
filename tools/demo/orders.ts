import { formatTable } from '../table.js';
import { type PlayedScene, waitUntil } from './stage.js';

/** Asks the API: a GET, or a PUT where there is a body and no method. */
export type Ask = <T>(path: string, body?: object, method?: 'PUT' | 'POST') => Promise<T>;

interface Payment {
  gatewayPaymentId: string;
  mode: string;
  amount: string;
  currency: string;
}

interface Order {
  orderId: string;
  status: string;
  flags: string[];
  amount: string;
  currency: string;
  amountPaid: string;
}

const EXPIRES_IN_MS = 500;

/** What a shop registers for the payment of a scene: what is due beside what came, and the status that follows. */
const EXPECTED = [
  { scene: 0, less: 0n, status: 'paid' },
  { scene: 13, less: 1_000n, status: 'flagged' },
] as const;

/** Registers three orders: one that is paid, one that got too much, and one that nobody pays. Resolves with a printed table. */
export async function playOrders(
  played: readonly PlayedScene[],
  ask: Ask,
): Promise<{ text: string; asExpected: boolean }> {
  const { items } = await ask<{ items: Payment[] }>('/payments?limit=200');
  const checks: { path: string; status: string }[] = [];
  for (const { scene, less, status } of EXPECTED) {
    const { paymentId, orderId } = played[scene] ?? { paymentId: '', orderId: '' };
    const payment = items.find(({ gatewayPaymentId }) => gatewayPaymentId === paymentId);
    if (!payment) throw new Error(`there is no payment ${paymentId}`);
    const path = `/orders/${orderId}?mode=${payment.mode}`;
    const amount = (BigInt(payment.amount) - less).toString();
    await ask(path, { amount, currency: payment.currency });
    checks.push({ path, status });
  }
  const unpaid = '/orders/ord_unpaid';
  const expiresAt = new Date(Date.now() + EXPIRES_IN_MS).toISOString();
  await ask(unpaid, { amount: '5000', currency: 'USD', expiresAt });
  checks.push({ path: unpaid, status: 'overdue' });
  await waitUntil(async () => (await ask<Order>(unpaid)).status === 'overdue');
  const rows = await Promise.all(
    checks.map(async ({ path, status }) => {
      const order = await ask<Order>(path);
      return { order, right: order.status === status };
    }),
  );
  const text = formatTable(
    ['order', 'due', 'paid', 'status', 'flags', ''],
    rows.map(({ order, right }) => [
      order.orderId,
      `${order.amount} ${order.currency}`,
      order.amountPaid,
      order.status,
      order.flags.join(', '),
      right ? '✓' : '✗',
    ]),
  );
  return { text: `Orders\n${text}`, asExpected: rows.every(({ right }) => right) };
}
