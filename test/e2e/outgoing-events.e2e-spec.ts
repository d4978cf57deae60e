import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { readFileSync } from 'node:fs';
import { DataSource } from 'typeorm';
import { ExtensionsModule } from '../../src/app/extensions.module.js';
import { newId } from '../../src/platform/database/new-id.js';
import { DomainEvent, EventCatalog, EventPublisher, shownAs } from '../../src/platform/events/index.js';
import { SIMULATORS } from '../../src/simulator/simulators.js';
import { STORY_NAMES, supportsStory } from '../../src/simulator/stories.js';
import { hold, release, statusOf } from '../support/customer-accounts.js';
import { DocumentedAnswers } from '../support/documented-answers.js';
import { Receiver } from '../support/receiver.js';
import { ask, deliver, signedStep, SIGNING, story } from '../support/requests.js';
import { StandardSender } from '../support/standard-sender.js';
import { type Json, startTestApp, type TestApp, until } from '../support/test-app.js';

/** An event of a plug-in. */
class ReceiptPrinted extends DomainEvent<{ receiptId: string; holder: string }> {
  static override readonly eventName = 'receipt.printed';
  static override readonly shown = { receiptId: shownAs.uuid };
}

const SECRET = `whsec_${Buffer.alloc(24, 'a').toString('base64')}`;
/** Where the receiver is sent messages to customers. */
const MESSAGES = '/messages';

let app: TestApp;
let receiver: Receiver;
let document: Json;
/** Every event as `GET /events` lists it, of every name that there is. */
let listed: Json[];
beforeAll(async () => {
  receiver = await Receiver.start();
  receiver.secrets.set(MESSAGES, SECRET);
  app = await startTestApp({
    environment: {
      ...{ SUBSCRIPTION_NETWORKS: '127.0.0.0/8', GRACE_HOURS: '0.0001', MESSAGE_CHANNELS: 'http' },
      ...{ HTTP_CHANNEL_URL: receiver.url(MESSAGES), HTTP_CHANNEL_SECRET: SECRET },
    },
    imports: [ExtensionsModule.of({ features: [{ name: 'receipts', events: [ReceiptPrinted] }] })],
  });
  document = await app.get('/docs-json');
  await subscribe('/hook', { includeCustomer: true });
  await playStories();
  await playOrders();
  await playMembership();
  const db = app.app.get(DataSource);
  const printed = new ReceiptPrinted(newId(), newId(), { receiptId: newId(), holder: 'Asha' });
  await db.transaction((manager) => app.app.get(EventPublisher).publish(manager, [printed]));
  await app.quiet();
  listed = await readEvents();
}, 60_000);
afterAll(async () => {
  await app.close();
  await receiver.close();
});

const put = (path: string, body: object): Promise<unknown> =>
  ask(app, path, { method: 'PUT', body: JSON.stringify(body) });
const post = (path: string, body?: object) =>
  ask(app, path, { method: 'POST', ...(body && { body: JSON.stringify(body) }) });

/** Of every event, for a path of the receiver. */
async function subscribe(path: string, terms: object): Promise<string> {
  const { id, secret } = (await post('/subscriptions', { url: receiver.url(path), topics: ['*'], ...terms }))
    .json;
  receiver.secrets.set(path, secret);
  expect((await post(`/subscriptions/${id}/confirm`)).status).toBe(200);
  return id;
}

/** What gateways tell: refunds by id, disputes won and lost, fees. */
async function playStories(): Promise<void> {
  for (const gateway of SIGNING)
    for (const name of STORY_NAMES.filter((one) => supportsStory(one, SIMULATORS.get(gateway)?.steps ?? [])))
      for (const step of story(gateway, name)) await deliver(app, signedStep(gateway, step));
  const sender = new StandardSender(app.url);
  for (const status of ['completed', 'reversed'] as const) await sender.tell(status, { payment: 'reversed' });
}

async function playOrders(): Promise<void> {
  const sender = new StandardSender(app.url);
  const terms = { amount: '10000', currency: 'USD' };
  await put('/orders/ord_refunded', { ...terms, customer: { id: 'asha', email: 'asha@example.com' } });
  await put('/orders/ord_flagged', { ...terms, amount: '9000' });
  await put('/orders/ord_disputed', terms);
  await put('/orders/ord_overdue', { ...terms, expiresAt: new Date(Date.now() + 50).toISOString() });
  await put('/orders/ord_canceled', terms);
  await post('/orders/ord_canceled/cancel');
  for (const payment of ['refunded', 'flagged', 'disputed']) await sender.tell('completed', { payment });
  await app.quiet();
  await sender.tell('partially_refunded', { payment: 'refunded', refunded: '25' });
  await sender.tell('disputed', { payment: 'disputed' });
  await until(
    async () => (await app.get('/orders/ord_overdue')).status === 'overdue',
    'the order to be overdue',
  );
}

async function playMembership(): Promise<void> {
  const sender = new StandardSender(app.url);
  const customer = { id: 'member' };
  await sender.tell('completed', { payment: 'january', customer });
  await app.quiet();
  await sender.tell('failed', { payment: 'february', customer });
  await until(async () => (await statusOf(app, 'member')) === 'suspended', 'the end of the grace');
  await hold(app, 'member');
  await release(app, 'member');
}

async function readEvents(): Promise<Json[]> {
  const items: Json[] = [];
  for (let query = ''; ;) {
    const page: Json = await app.get(`/events?limit=200${query}`);
    items.push(...page.items);
    if (page.nextCursor === null) return items;
    query = `&after=${page.nextCursor}`;
  }
}

/** The same schema without the right to further members. */
function closed(schema: Json): Json {
  if (typeof schema !== 'object' || schema === null) return schema;
  if (Array.isArray(schema)) return schema.map(closed);
  const fields = Object.entries<Json>(schema).map(([name, value]) => [name, closed(value)]);
  return { ...Object.fromEntries(fields), ...(schema.properties && { additionalProperties: false }) };
}

/** What is wrong with a body by the schema of its type; null for nothing. */
function validatorOf(schemas: Json): (body: { type: string }) => string | null {
  const ajv = new Ajv2020({ strict: true, allowUnionTypes: true, allErrors: true });
  ajv.addFormat('uuid', /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/);
  ajv.addFormat('date-time', /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/);
  const isAny = ajv.compile(schemas);
  return (body) => {
    const validate = ajv.getSchema(`/events/schemas/${body.type}`);
    if (!validate) return `${body.type} has no schema`;
    if (validate(body) && isAny(body)) return null;
    return `${ajv.errorsText(validate.errors ?? isAny.errors)}: ${JSON.stringify(body)}`;
  };
}

const namesOf = (values: readonly { type: string }[]): string[] =>
  [...new Set(values.map(({ type }) => type))].sort();

describe('the schemas of events', () => {
  it('are those of every event that a feature publishes, a plug-in too', async () => {
    const heard = await ask(app, '/events/schemas');
    expect(heard.headers.get('content-type')).toMatch(/^application\/schema\+json/);
    const names = Object.keys(heard.json.$defs).sort();
    expect(names).toEqual([...app.app.get(EventCatalog, { strict: false }).names].sort());
    expect(names).toContain('receipt.printed');
    for (const name of names) {
      const one = (await ask(app, `/events/schemas/${name}`)).json;
      expect(one).toEqual(heard.json.$defs[name]);
      expect(one.$id).toBe(`/events/schemas/${name}`);
    }
  });

  it('hold for each of them as it is listed and as it is sent, and declare all that is in it', async () => {
    const faultOf = validatorOf(closed(await app.get('/events/schemas')));
    expect(namesOf(listed)).toEqual([...app.app.get(EventCatalog, { strict: false }).names].sort());
    const sent = receiver.events().map(({ body }) => body);
    expect(namesOf(sent)).toEqual(namesOf(listed));
    expect(sent.filter(({ data }) => data.customer !== null).length).toBeGreaterThan(0);
    const bodies = [...listed.map(({ id: _id, subjectId: _subject, ...body }) => body), ...sent];
    expect(bodies.map(faultOf).filter((fault) => fault !== null)).toEqual([]);
  });
});

describe('the document of the API', () => {
  it('describes everything that is sent', () => {
    const names = Object.keys(document.webhooks).sort();
    expect(names).toEqual([...namesOf(listed), 'message.due', 'subscription.challenge'].sort());
    expect(document.openapi).toBe('3.1.0');
    const documented = new DocumentedAnswers(document);
    const sent = [...receiver.challenges, ...receiver.events(), ...receiver.events(MESSAGES)];
    expect(namesOf(sent.map(({ body }) => body))).toEqual(names);
    expect(receiver.forged).toEqual([]);
    for (const { body, headers } of sent) {
      const { parameters, requestBody } = document.webhooks[body.type].post;
      const { schema } = requestBody.content['application/json'];
      expect(documented.faultOfValue(schema, body, body.type)).toBeNull();
      for (const { name, schema: form } of parameters)
        expect(documented.faultOfValue(form, headers[name], name)).toBeNull();
    }
  });

  it('has an example of each that fits, and says what each answer means', () => {
    const documented = new DocumentedAnswers(document);
    for (const [name, { post: sent }] of Object.entries<Json>(document.webhooks)) {
      const { schema, example } = sent.requestBody.content['application/json'];
      expect(documented.faultOfValue(schema, example, name)).toBeNull();
      expect(Object.keys(sent.responses)).toEqual(expect.arrayContaining(['2XX', 'default']));
      for (const { description } of Object.values<Json>(sent.responses))
        expect(description).toMatch(/\w+ \w+/);
    }
  });
});

/** The value of a sample; NaN where it is not there. */
const sampleIn = (text: string, sample: string): number =>
  Number(
    text
      .split('\n')
      .find((line) => line.startsWith(`${sample} `))
      ?.slice(sample.length),
  );

describe('the metrics', () => {
  it('are those that docs/metrics.md lists, with their types, their labels and what they tell', async () => {
    const page = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');
    const rows = [...page.matchAll(/^\| `(payhook_\w+)` +\| (\w+) +\| (.*?) *\| (.*?) *\|$/gm)];
    const documented = new Map(
      rows.map(([, name = '', type, labels = '', help]) => [
        name,
        { type, labels: labels.match(/\w+/g) ?? [], help },
      ]),
    );
    const { text } = await ask(app, '/metrics');
    const served = [...text.matchAll(/^# HELP (payhook_\w+) (.*)\n# TYPE \S+ (\w+)$/gm)];
    const listed = [...documented].map(([name, { type, help }]) => [name, help, type]);
    expect(listed.sort()).toEqual(served.map(([, ...parts]) => parts).sort());
    for (const [, name = '', labels = ''] of text.matchAll(/^(payhook_\w+?)(?:_bucket)?\{(.*)\} /gm)) {
      const known = [...(documented.get(name)?.labels ?? []), 'le'];
      for (const [, label = ''] of labels.matchAll(/(\w+)="/g)) expect(known).toContain(label);
    }
  });

  it('tell how fast subscribers are told, and when one is behind, fails or is paused', async () => {
    const { text } = await ask(app, '/metrics');
    const events = new Set(receiver.events().map(({ id }) => id));
    const delivered = sampleIn(text, 'payhook_dispatch_tries_total{outcome="delivered"}');
    expect(delivered).toBeGreaterThanOrEqual(events.size);
    expect(sampleIn(text, 'payhook_dispatch_end_to_end_seconds_count')).toBe(delivered);
    receiver.behave('/failing', 500);
    const id = await subscribe('/failing', { maxInFlight: 1, ratePerSecond: 1 });
    const TROUBLES = [
      ...['payhook_subscription_behind_events', 'payhook_subscription_behind_seconds'],
      ...['payhook_subscription_failing_seconds', 'payhook_dispatch_oldest_pending_seconds'],
      'payhook_scheduled{work="subscriptions"}',
    ];
    for (const sample of TROUBLES) expect([sample, sampleIn(text, sample)]).toEqual([sample, 0]);
    const sender = new StandardSender(app.url);
    for (const payment of ['first', 'second', 'third']) await sender.tell('completed', { payment });
    await until(async () => {
      const now = (await ask(app, '/metrics')).text;
      return TROUBLES.every((sample) => sampleIn(now, sample) > 0);
    }, 'the trouble of the subscriber');
    await post(`/subscriptions/${id}/pause`);
    expect((await app.get('/stats')).subscriptions).toMatchObject({ paused: 1 });
    const states = ['unconfirmed', 'active', 'paused', 'ended'].map(
      (one) => `payhook_subscriptions{status="${one}"}`,
    );
    await until(async () => {
      const now = (await ask(app, '/metrics')).text;
      return states.map((state) => sampleIn(now, state)).join() === '0,1,1,0';
    }, 'the count of the paused subscription');
    await ask(app, `/subscriptions/${id}`, { method: 'DELETE' });
  });
});
