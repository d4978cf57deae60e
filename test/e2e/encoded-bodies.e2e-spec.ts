import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { API_KEY, startTestApp, type TestApp } from '../support/test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

interface Operation {
  requestBody?: unknown;
}

/** Every documented route that reads JSON, but the webhooks of gateways: those have refusals of their own. */
async function routesWithBody(): Promise<{ method: string; path: string }[]> {
  const { paths } = await app.get<{ paths: Record<string, Record<string, Operation>> }>('/docs-json');
  return Object.entries(paths)
    .filter(([path]) => !path.startsWith('/webhooks'))
    .flatMap(([path, operations]) =>
      Object.entries(operations)
        .filter(([, { requestBody }]) => requestBody !== undefined)
        .map(([method]) => ({
          method: method.toUpperCase(),
          path: path.replaceAll(/\{\w+\}/g, '01900000-0000-7000-8000-000000000000'),
        })),
    );
}

const send = ({ method, path }: { method: string; path: string }, encoding: string): Promise<Response> =>
  fetch(app.url + path, {
    method,
    body: '{"unknown":1}',
    headers: {
      authorization: `Bearer ${API_KEY}`,
      'content-type': 'application/json',
      'content-encoding': encoding,
    },
  });

describe('a JSON body with a content encoding', () => {
  it('is refused by every route, and not read as if it had none', async () => {
    const routes = await routesWithBody();
    expect(routes.length).toBeGreaterThan(3);
    for (const route of routes)
      for (const encoding of ['gzip', 'br', 'x', 'identity, gzip']) {
        const answer = await send(route, encoding);
        expect([route, encoding, answer.status]).toEqual([route, encoding, 415]);
        expect(await answer.json()).toMatchObject({ type: '/problems/content-encoding' });
      }
  });

  it('is read where the encoding is identity, in any case', async () => {
    for (const route of await routesWithBody())
      expect([route, (await send(route, 'Identity')).status]).not.toEqual([route, 415]);
  });
});
