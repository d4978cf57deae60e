import { DataSource } from 'typeorm';
import { ask, type Heard } from './requests.js';
import type { TestApp } from './test-app.js';

/* What a test asks of customer accounts. */

export const askAccount = (app: TestApp, customerId: string, query = ''): Promise<Heard> =>
  ask(app, `/accounts/${encodeURIComponent(customerId)}${query}`);

/** The status of an account, or the status of the answer where there is none. */
export const statusOf = async (app: TestApp, customerId: string, query = ''): Promise<string | number> => {
  const { status, json } = await askAccount(app, customerId, query);
  return status === 200 ? json.status : status;
};

export const hold = (app: TestApp, customerId: string, body: unknown = { reason: 'under review' }) =>
  ask(app, `/accounts/${encodeURIComponent(customerId)}/hold`, { method: 'PUT', body: JSON.stringify(body) });
export const release = (app: TestApp, customerId: string): Promise<Heard> =>
  ask(app, `/accounts/${encodeURIComponent(customerId)}/hold`, { method: 'DELETE' });

/** The events about a customer's accounts, as they are stored; a silent one in brackets. */
export async function toldOf(app: TestApp, customerId: string): Promise<string[]> {
  const rows = await app.app.get(DataSource).query<{ name: string; silent: boolean }[]>(
    `SELECT name, silent FROM domain_events
     WHERE subject_id IN (SELECT id FROM accounts WHERE customer_id = $1) ORDER BY id`,
    [customerId],
  );
  return rows.map(({ name, silent }) => {
    const short = name.replace('account.', '');
    return silent ? `(${short})` : short;
  });
}
