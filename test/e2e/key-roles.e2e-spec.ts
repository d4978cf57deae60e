import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { operationsOf } from '../support/documented-answers.js';
import { ask } from '../support/requests.js';
import {
  API_KEY,
  CHECKOUT_KEY,
  type Json,
  READ_KEY,
  startTestApp,
  type TestApp,
} from '../support/test-app.js';

const NOWHERE = '01890000-0000-7000-8000-000000000000';
const KEYS = { read: READ_KEY, checkout: CHECKOUT_KEY, operate: API_KEY };

let app: TestApp;
let operations: { method: string; path: string; url: string; roles: string[] }[];
beforeAll(async () => {
  app = await startTestApp();
  operations = operationsOf(await app.get('/docs-json'))
    .filter(({ description }) => description.security.length > 0)
    .map(({ method, path, description }) => ({
      ...{ method, path, url: path.replace(/\{\w+\}/g, NOWHERE) },
      roles: description.security.flatMap(({ bearer }: Json) => bearer),
    }));
});
afterAll(() => app.close());

const isForbidden = async (method: string, url: string, key: string): Promise<boolean> => {
  const heard = await ask(app, url, { method }, key);
  if (heard.status !== 403) return false;
  expect(heard.json).toMatchObject({ type: '/problems/forbidden', status: 403 });
  return true;
};

describe('the role of a key', () => {
  it('opens the operations of which the document says so, and no other', async () => {
    for (const { method, url, roles } of operations)
      for (const [role, key] of Object.entries(KEYS))
        expect([method, url, role, await isForbidden(method, url, key)]).toEqual([
          method,
          url,
          role,
          !roles.includes(role),
        ]);
  });

  it('operate: everything', () => {
    expect(operations.length).toBeGreaterThan(15);
    expect(operations.filter(({ roles }) => !roles.includes('operate'))).toEqual([]);
  });

  it('read: what only reads', () => {
    const opened = operations.filter(({ roles }) => roles.includes('read'));
    expect(opened.filter(({ method }) => method !== 'GET')).toEqual([]);
    expect(opened.map(({ path }) => path)).toEqual(expect.arrayContaining(['/payments', '/deliveries']));
  });

  it('checkout: orders and confirmations, and nothing else', async () => {
    const OWN = [/^(?:GET|PUT) \/orders(?:\/\{\w+\})?$/, /^POST \/confirmations\//];
    const opened = operations.filter(({ roles }) => roles.includes('checkout'));
    const others = opened.filter(({ method, path }) => !OWN.some((own) => own.test(`${method} ${path}`)));
    expect(others).toEqual([]);
    for (const path of ['/docs-json', '/metrics'])
      expect(await isForbidden('GET', path, CHECKOUT_KEY)).toBe(true);
  });
});
