import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DocumentedAnswers, operationsOf } from '../support/documented-answers.js';
import {
  ask,
  deliver,
  signed,
  signedStep,
  SIGNING,
  standardBody,
  story,
  success,
} from '../support/requests.js';
import {
  CHECKOUT_KEY,
  type Json,
  READ_KEY,
  SECRETS,
  startTestApp,
  type TestApp,
} from '../support/test-app.js';

let app: TestApp;
let document: Json;
let documented: DocumentedAnswers;
beforeAll(async () => {
  app = await startTestApp();
  for (const gateway of SIGNING)
    for (const name of ['success', 'failure'] as const)
      for (const step of story(gateway, name)) await deliver(app, signedStep(gateway, step));
  await app.quiet();
  document = await app.get('/docs-json');
  documented = new DocumentedAnswers(document);
});
afterAll(() => app.close());

/** Routes as Express knows them, `:id` written as `{id}`. */
function realRoutes(): string[] {
  const { router } = app.app.getHttpAdapter().getInstance();
  return router.stack.flatMap(({ route }: Json) =>
    route
      ? Object.keys(route.methods).map(
          (method) => `${method.toUpperCase()} ${route.path.replace(/:(\w+)/g, '{$1}')}`,
        )
      : [],
  );
}

const json = (value: unknown): RequestInit => ({
  method: 'POST',
  body: JSON.stringify(value),
  headers: { 'content-type': 'application/json' },
});

const isWebhook = (route: string): boolean => route.includes(' /webhooks/');

describe('the document of the API', () => {
  it('has every route that the application has, and no other', () => {
    const operations = operationsOf(document).map(({ method, path }) => `${method} ${path}`);
    const others = (routes: string[]): string[] => routes.filter((route) => !isWebhook(route)).sort();
    expect(others(operations)).toEqual(others(realRoutes()));
    expect(realRoutes().filter(isWebhook)).toContainEqual(expect.stringMatching(/^POST /));
  });

  it('has only webhook paths that lead to the guard of webhooks', async () => {
    const paths = operationsOf(document).flatMap(({ path }) => (path.startsWith('/webhooks/') ? [path] : []));
    expect(paths.length).toBeGreaterThan(0);
    for (const path of paths) {
      const url = path.replace('{gateway}', 'stripe').replace('{account}', 'default').replace('{token}', 'x');
      const heard = await ask(app, url, json({}), null);
      expect([path, heard.status, heard.json.type]).toEqual([path, 401, '/problems/not-verified']);
    }
  });

  it('says of each operation what it does, who may ask, and what it may answer', () => {
    const OPEN = /^\/health\/|^\/webhooks\//;
    for (const { path, description } of operationsOf(document)) {
      expect([path, description.summary]).toEqual([path, expect.stringMatching(/\w+ \w+/)]);
      expect([path, description.security]).toEqual([path, OPEN.test(path) ? [] : expect.anything()]);
      for (const { bearer } of description.security)
        expect([path, bearer]).toEqual([path, [expect.stringMatching(/^(?:read|checkout|operate)$/)]]);
      for (const { schema, name } of description.parameters ?? [])
        expect([path, name, schema.type]).toEqual([
          path,
          name,
          expect.stringMatching(/^(?:string|integer)$/),
        ]);
      for (const [status, response] of Object.entries<Json>(description.responses)) {
        const said = [path, status, response.description];
        expect(said).toEqual([path, status, expect.stringMatching(/\w/)]);
        if (status === 'default' || status === '204') continue;
        const [content] = Object.values<Json>(response.content);
        expect([...said, content.example]).toEqual([...said, expect.anything()]);
        if (Number(status) >= 400) expect([...said, typesOf(content.schema)]).not.toContainEqual([]);
      }
    }
  });

  it('has examples that fit their schemas', () => {
    const faults = operationsOf(document).flatMap(({ path, description }) =>
      [description.requestBody, ...Object.values<Json>(description.responses)].flatMap((message) =>
        Object.values<Json>(message?.content ?? {}).flatMap(({ schema, example }) =>
          example === undefined ? [] : [documented.faultOfValue(schema, example, path)],
        ),
      ),
    );
    expect(faults.filter((fault) => fault !== null)).toEqual([]);
  });

  it('names the headers that each gateway signs', () => {
    const names = document.paths['/webhooks/{gateway}'].post.parameters.flatMap((one: Json) =>
      one.in === 'header' ? [one.name.toLowerCase()] : [],
    );
    for (const gateway of SIGNING) {
      const { headers } = success(gateway);
      const signing = Object.keys(headers).filter((name) => /signature|webhook-(?:id|timestamp)/i.test(name));
      expect(names).toEqual(expect.arrayContaining(signing.map((name) => name.toLowerCase())));
    }
  });
});

/** The `type`s of problem documents that a schema allows. */
const typesOf = (schema: Json): string[] =>
  schema.properties?.type?.enum ??
  document.components.schemas[schema.$ref?.split('/').at(-1)]?.properties.type.enum ??
  [];

const NOWHERE = '01890000-0000-7000-8000-000000000000';
const POST = { method: 'POST' };

describe('every answer is as documented', () => {
  let ids: Record<string, string>;
  beforeAll(async () => {
    const first = async (path: string): Promise<string> => (await app.get(path)).items[0].id;
    ids = {
      payments: await first('/payments?status=failed'),
      deliveries: await first('/deliveries'),
      notifications: await first('/notifications'),
    };
  });

  const faultOf = async (path: string, init: RequestInit = {}, key?: string | null): Promise<string | null> =>
    documented.faultOf(init.method ?? 'GET', path, await ask(app, path, init, key));

  it.each([
    ...['/payments', '/deliveries', '/notifications', '/refusals', '/handler-runs', '/secrets', '/stats'],
    ...['/gateways', '/deliveries/types', '/gateways?x=1', '/deliveries/types?x=1'],
    ...['/events/schemas', '/events/schemas?x=1', '/events/schemas/order.paid', '/events/schemas/none'],
    ...['/orders', '/orders?status=lost', '/orders/none', '/orders/none?mode=x', '/orders/%E0%A4'],
    ...['/metrics', '/health/live', '/health/ready', '/payments?limit=1', '/deliveries?limit=1'],
    ...['/payments?limit=x', '/payments?colour=red', '/payments?gateway=a&gateway=b', '/payments?cursor=x'],
    ...[
      '/deliveries?status=lost',
      '/notifications?paymentId=1',
      '/refusals?reason=x',
      '/handler-runs?cursor=x',
    ],
    ...['payments', 'deliveries', 'notifications'].flatMap((list) =>
      [NOWHERE, 'x', '%00', '%E0%A4'].map((id) => `/${list}/${id}`),
    ),
  ])('GET %s, with any key', async (path) => {
    for (const key of [undefined, READ_KEY, CHECKOUT_KEY, 'wrong', null])
      expect(await faultOf(path, {}, key)).toBeNull();
  });

  it('one of each list', async () => {
    for (const [list, id] of Object.entries(ids)) expect(await faultOf(`/${list}/${id}`)).toBeNull();
  });

  it.each<[path: string, bodies: (RequestInit | undefined)[]]>([
    [
      '/deliveries/replay',
      [
        json({ status: 'dead' }),
        json({ gateway: 'stripe', dryRun: true }),
        json({}),
        json({ from: '2026-02-30' }),
        json({ type: 'x'.repeat(20_000) }),
        json([]),
      ],
    ],
    [`/deliveries/${NOWHERE}/replay`, [POST]],
    [`/deliveries/${NOWHERE}/replay?dryrun=true`, [POST]],
    ['/deliveries/%E0%A4/replay', [POST]],
    [
      '/handler-runs/replay',
      [json({ status: 'dead' }), json({ status: 'dead', dryRun: true }), json({ event: '' })],
    ],
    [`/handler-runs/${NOWHERE}/h/replay`, [POST]],
    [`/notifications/${NOWHERE}/resend`, [POST]],
    ['/customers/erase', [json({ customer: 'nobody@example.com' }), json({ customer: null })]],
  ])('POST %s, with any key', async (path, inits) => {
    for (const init of inits)
      for (const key of [undefined, READ_KEY, CHECKOUT_KEY, 'wrong', null])
        expect(await faultOf(path, init, key)).toBeNull();
  });

  it('of what is done with an order, with any key', async () => {
    const put = (body: object): RequestInit => ({ method: 'PUT', body: JSON.stringify(body) });
    const terms = {
      amount: '100',
      currency: 'USD',
      customer: { email: 'asha@example.com' },
      metadata: { a: 'b' },
    };
    const settle = json({ as: 'paid', reason: 'x' });
    for (const key of [undefined, READ_KEY, CHECKOUT_KEY, 'wrong', null]) {
      for (const init of [put(terms), put(terms), put({}), put([]), put({ a: 'x'.repeat(140_000) })])
        expect(await faultOf('/orders/ord_1', init, key)).toBeNull();
      expect(await faultOf('/orders/ord_1', {}, key)).toBeNull();
      expect(await faultOf('/orders/none/cancel', POST, key)).toBeNull();
      for (const init of [settle, json({})])
        expect(await faultOf('/orders/ord_1/settle', init, key)).toBeNull();
      expect(await faultOf('/orders/none/settle', settle, key)).toBeNull();
    }
    expect(await faultOf('/orders/ord_1/cancel', POST)).toBeNull();
    expect(await faultOf('/orders/ord_1', put({ ...terms, amount: '1' }))).toBeNull();
  });

  it('of what acts on one delivery or notification', async () => {
    for (const path of [
      `/deliveries/${ids.deliveries}/replay?dryRun=true`,
      `/deliveries/${ids.deliveries}/replay`,
      `/notifications/${ids.notifications}/resend`,
    ])
      expect(await faultOf(path, POST)).toBeNull();
    await app.quiet();
  });

  it('and of webhooks', async () => {
    const form = { 'content-type': 'text/plain' };
    const requests = [
      ...SIGNING.flatMap((gateway) => {
        const good = success(gateway);
        return [
          good,
          good,
          { ...good, body: Buffer.from('{}') },
          signed(gateway, '{'),
          signed(gateway, '{}'),
        ];
      }),
      { ...success('stripe'), headers: { ...success('stripe').headers, ...form } },
      { ...success('stripe'), headers: {} },
      { ...success('stripe'), body: Buffer.alloc(1_100_000) },
      { ...success('stripe'), path: '/webhooks/nobody' },
      { ...success('stripe'), path: '/webhooks/stripe/nobody' },
      signed('standard', standardBody({ amount: 'x' })),
      success('ippopay'),
      { ...success('ippopay'), path: `/webhooks/ippopay/${SECRETS.ippopay.slice(1)}x` },
    ];
    for (const request of requests)
      expect(documented.faultOf('POST', request.path, await deliver(app, request))).toBeNull();
  });
});
