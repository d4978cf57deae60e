import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { inParallel } from '../support/in-parallel.js';
import { ask, deliver, type Heard, success } from '../support/requests.js';
import { type Json, startTestApp, type TestApp } from '../support/test-app.js';

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
  await deliver(app, success('stripe'));
  await app.quiet();
});
afterAll(() => app.close());

/** As they stand in a request line, so that what no client library would send is among them. */
const VALUES = [
  ...['', '%00', 'a%00b', '%ED%A0%80', '%FF', '%', '%E0%A4', 'null', 'undefined', 'true', '[]', '{}', '-1'],
  ...['0', '1e400', '9'.repeat(400), '0x10', '1.5', 'NaN', 'Infinity', 'a'.repeat(8_000), '%0d%0aa:b'],
  ...['2026-W48-2', '2026-328', '20261124T000000Z', '+275760-09-13T00:00:00Z', '-000001-01-01T00:00:00Z'],
  ...['0000-01-01', '9999-12-31T23:59:59.999999999Z', '2026-02-30', '2026-11-24T00:00:00%2B23:59', 'T00:00'],
  ...['constructor', '__proto__', "'%20OR%201=1%20--", '00000000-0000-0000-0000-000000000000', 'ffffffff'],
  ...['bm9uc2Vuc2U', 'MDE4OTAwMDAtMDAwMC03MDAwLTgwMDAtMDAwMDAwMDAwMDAwL2hhbmRsZXI', '../..', '%2e%2e%2f'],
];
const NESTED = `${'{"a":'.repeat(2_500)}1${'}'.repeat(2_500)}`;
const BODY_VALUES = [
  ...['null', '""', '{"toString":null}', '{"then":null}', '[]', '[[]]', '["x"]', '{}', 'true', '0', '-1'],
  ...['1e400', '123456789012345678901234567890', '"\\u0000"', '"\\ud800"', '"2026-W48-2"', '"constructor"'],
  ...['{"__proto__":{"length":1}}', '{"length":1e9}', `"${'a'.repeat(9_000)}"`, NESTED],
];
const BODIES = [
  ...['', 'null', '[]', '"x"', '1', '{', '\u0000', '{"__proto__":"x"}', '{"constructor":"x"}', '{"":""}'],
  ...[NESTED, `${'['.repeat(8_000)}`, '{"__proto__":null,"toString":1}', '{"colour":"red"}'],
];

interface Route {
  method: string;
  path: string;
  queryNames: string[];
  bodyNames: string[];
}

/** Every route that the OpenAPI document knows, with the names of its parameters and of its body's members. */
async function routesOf(): Promise<Route[]> {
  const document: Json = await app.get('/docs-json');
  return Object.entries<Json>(document.paths).flatMap(([path, methods]) =>
    Object.entries<Json>(methods).map(([method, { parameters = [], requestBody }]) => {
      const schema = requestBody?.content['application/json']?.schema?.$ref?.split('/').at(-1);
      return {
        method: method.toUpperCase(),
        path,
        queryNames: parameters.filter((one: Json) => one.in === 'query').map((one: Json) => one.name),
        bodyNames: schema ? Object.keys(document.components.schemas[schema].properties) : [],
      };
    }),
  );
}

const withIds = (path: string, id: string): string => path.replace(/\{\w+\}/g, id);

/** What it is asked, with the answer where that is a fault of ours, or no document that says what is wrong. */
async function faultOf(method: string, path: string, body?: string): Promise<string[]> {
  let heard: Heard;
  // Two exports run at a time. What comes while they do is answered, and asks again.
  do heard = await ask(app, path, { method, ...(body !== undefined && { body }) });
  while (heard.json?.type === '/problems/too-many-exports');
  const right = heard.status < 400 || (heard.status < 500 && heard.json?.status === heard.status);
  return right
    ? []
    : [`${method} ${path.slice(0, 200)} ${body?.slice(0, 60) ?? ''}: ${heard.status} ${heard.text}`];
}

/** Of all these requests. Several thousand of them one after the other take minutes on a loaded machine. */
async function faultsOf(requests: readonly Parameters<typeof faultOf>[]): Promise<string[]> {
  const faults: string[] = [];
  await inParallel(requests, 8, async (request) => void faults.push(...(await faultOf(...request))));
  return faults;
}

describe('no value of a sender with a key is a fault of ours', () => {
  it('in any path or query of any route', async () => {
    const requests: [method: string, path: string][] = [];
    for (const { method, path, queryNames } of await routesOf()) {
      const nowhere = withIds(path, '01890000-0000-7000-8000-000000000000');
      for (const value of VALUES) {
        if (path.includes('{')) requests.push([method, withIds(path, value)]);
        for (const name of [...queryNames, 'unknown'])
          for (const query of [
            `${name}=${value}`,
            `${name}=${value}&${name}=${value}`,
            `${name}[a]=${value}`,
          ])
            requests.push([method, `${nowhere}?${query}`]);
      }
    }
    expect(await faultsOf(requests)).toEqual([]);
  });

  it('in any body of any route', async () => {
    const requests: [method: string, path: string, body: string][] = [];
    for (const { method, path, bodyNames } of (await routesOf()).filter((route) =>
      ['POST', 'PUT', 'PATCH'].includes(route.method),
    )) {
      const nowhere = withIds(path, '01890000-0000-7000-8000-000000000000');
      const bodies = bodyNames.flatMap((name) => BODY_VALUES.map((value) => `{"${name}":${value}}`));
      for (const body of [...BODIES, ...bodies]) requests.push([method, nowhere, body]);
    }
    expect(await faultsOf(requests)).toEqual([]);
  });
});

describe('a filter that says nothing widens nothing', () => {
  const post = (path: string, body: string): Promise<Heard> => ask(app, path, { method: 'POST', body });
  const names = ['status', 'gateway', 'account', 'type', 'from', 'to', 'alerts', 'dryRun'];
  const beside = (name: string): string =>
    name === 'account' ? '"gateway":"stripe"' : '"account":"default"';
  it.each(
    names.flatMap((name) => [
      `{"${name}":null}`,
      `{${beside(name)},"${name}":null}`,
      `{${beside(name)},"${name}":""}`,
    ]),
  )('POST /deliveries/replay %s is 400, and nothing is taken up', async (body) => {
    expect(await post('/deliveries/replay', body)).toMatchObject({
      status: 400,
      json: { type: '/problems/bad-request', status: 400 },
    });
    expect((await app.get('/deliveries')).items).toMatchObject([{ status: 'processed', attempts: 1 }]);
  });

  it.each([
    ['/deliveries/replay', '{}'],
    ['/deliveries/replay', '{"dryRun":true,"alerts":true}'],
    ['/deliveries/replay', '{"gateway":"stripe","colour":"red"}'],
    ['/deliveries/replay', '{"gateway":"stripe","__proto__":"x"}'],
    ['/deliveries/replay', '{"gateway":"stripe","constructor":"x"}'],
    ['/handler-runs/replay', '{}'],
    ['/handler-runs/replay', '{"status":null}'],
    ['/handler-runs/replay', '{"handler":null,"status":"dead"}'],
    ['/customers/erase', '{"customer":null}'],
    ['/customers/erase', '{"customer":"nobody@example.com","gateway":null}'],
    ['/customers/erase', '{"customer":"nobody@example.com","account":""}'],
  ])('POST %s %s is 400', async (path, body) => {
    expect((await post(path, body)).status).toBe(400);
  });

  it('nor does a misspelt flag replay what was only to be looked at', async () => {
    const [{ id }] = (await app.get('/deliveries')).items;
    expect((await post(`/deliveries/${id}/replay?dryrun=true`, '')).status).toBe(400);
    expect(await app.get(`/deliveries/${id}`)).toMatchObject({ attempts: 1, status: 'processed' });
  });
});

describe('a query parameter that a route does not know', () => {
  it.each(['dryRun=true', 'dryRun', 'dryRun=', 'status=parked&dryRun=1', '%5B%5D=1'])(
    'POST /deliveries/replay?%s is 400 where the body is asked, and replays nothing',
    async (query) => {
      const before = await app.get('/stats');
      const body = JSON.stringify({ gateway: 'stripe' });
      const heard = await ask(app, `/deliveries/replay?${query}`, { method: 'POST', body });
      expect(heard).toMatchObject({ status: 400, json: { type: '/problems/bad-request' } });
      expect(heard.json.detail).toMatch(/^bad parameter: \S.* no query parameters: a JSON body holds /);
      await app.quiet();
      expect((await app.get('/stats')).deliveries).toEqual(before.deliveries);
      const [{ id }] = (await app.get('/deliveries')).items;
      expect((await app.get(`/deliveries/${id}`)).attempts).toBe(1);
    },
  );

  it('is 400 on every route but webhooks and health, also without a value', async () => {
    const routes = (await routesOf()).filter(({ path }) => !/^\/(?:webhooks|health)\//.test(path));
    expect(routes.length).toBeGreaterThan(15);
    const asked = [...routes, { method: 'GET', path: '/docs-json' }];
    for (const { method, path } of asked)
      for (const query of ['foo', 'foo=', 'foo=1', 'toString', '__proto__=1']) {
        const url = `${withIds(path, '01890000-0000-7000-8000-000000000000')}?${query}`;
        const { status, json } = await ask(app, url, { method });
        expect({ method, url, status, detail: json?.detail }).toEqual({
          ...{ method, url, status: 400 },
          detail: expect.stringContaining('bad parameter: '),
        });
      }
    for (const url of ['/health/live?foo', '/health/ready?foo=1'])
      expect((await ask(app, url)).status).toBe(200);
  });

  it('is no reason to refuse what a known one without a value asks', async () => {
    expect((await ask(app, '/payments?status=&limit=')).status).toBe(200);
  });
});

describe('/docs-json', () => {
  it('is read, and nothing else', async () => {
    expect((await ask(app, '/docs-json', { method: 'HEAD' })).status).toBe(200);
    for (const method of ['POST', 'PUT', 'DELETE', 'PATCH'])
      expect((await ask(app, '/docs-json', { method })).status).toBe(404);
    expect((await ask(app, '/docs-json/more')).status).toBe(404);
  });
});
