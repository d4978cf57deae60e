import { DataSource } from 'typeorm';
import type { NotificationView } from '../../src/notifications/api/notification.view.js';
import type { StatsView } from '../../src/operations/monitoring/stats.js';
import { paymentOf } from './requests.js';
import { type TestApp, until } from './test-app.js';

/** Everything that came in is done, but for messages that wait to settle. */
export const worked = (app: TestApp): Promise<boolean> =>
  until(async () => {
    const { deliveries, handlers } = await app.get<StatsView>('/stats');
    return deliveries.pending + handlers.pending === 0;
  }, 'what came in to be worked on');

/** Messages that wait, to settle or for their next try, are due now. */
export const timePasses = (app: TestApp): Promise<unknown> =>
  app.app.get(DataSource).query(`UPDATE notifications SET due_at = now() WHERE status = 'pending'`);

/** Everything is worked on, also what waited to settle. */
export async function settled(app: TestApp): Promise<void> {
  await worked(app);
  await timePasses(app);
  await app.quiet();
}

/** The messages about a payment, oldest first. */
export async function messagesOf(app: TestApp, payment: string): Promise<NotificationView[]> {
  const { id } = await paymentOf(app, payment);
  const { items } = await app.get<{ items: { id: string }[] }>(`/notifications?paymentId=${id}`);
  return Promise.all(items.toReversed().map((one) => app.get<NotificationView>(`/notifications/${one.id}`)));
}

/** What became of each of them: its kind, its status and the reason. */
export const outcomesOf = async (app: TestApp, payment: string): Promise<string[]> =>
  (await messagesOf(app, payment)).map(({ kind, status, reason }) =>
    [kind, status, reason].filter(Boolean).join(' '),
  );
