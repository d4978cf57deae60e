import { until, type Json, type TestApp } from './test-app.js';

/** Starts a reconciliation through the API. Resolves with the run when it has ended and all that it stored is processed. */
export async function reconcile(
  app: TestApp,
  gateway: string,
  { since = '7d', withinMs }: { since?: string; withinMs?: number } = {},
): Promise<Json> {
  const response = await app.post('/reconciliations', { body: JSON.stringify({ gateway, since }) });
  if (response.status !== 202) throw new Error(`POST /reconciliations answered ${response.status}`);
  const { id } = (await response.json()) as { id: string };
  const ended = await until(
    async () => {
      const run = await app.get(`/reconciliations/${id}`);
      return run.status === 'running' ? null : run;
    },
    'the reconciliation to end',
    withinMs,
  );
  await app.quiet();
  return ended;
}
