import assert from 'node:assert/strict';
import { foldReports, type OrderedReport } from '../../payments/index.js';
import { createMessage } from '../../webhooks/gateways/evidence.js';
import type { VerifiedMessage } from '../../webhooks/gateways/gateway.js';
import { verifierOf } from '../../webhooks/gateways/verifier.js';
import { interpretMessage, type InterpretedMessage } from '../../webhooks/message/interpret-message.js';
import { bodyParser } from '../../webhooks/message/parse-body.js';
import type { StoryEvent } from '../gateway-simulator.js';
import { shuffle } from '../tampering.js';
import type { ContractCase, GatewaySubject } from './subject.js';
import { eventsOf, evidenceOf, firstEvent, NOW, requestOf, secretsOf, storiesOf } from './subject.js';

/** How many orders a story is told in. */
const ORDERS = 12;

/** What a field of a body may turn into, whatever it was. */
const HOSTILE_VALUES: readonly unknown[] = [
  ...[undefined, null, true, 0, -1, 1.5, 1e300, '', ' ', '0', '\u0000', '\ud800', 'x'.repeat(10_000)],
  ...[[], {}, [null], { constructor: 1, id: {} }],
];

export function messageCases(subject: GatewaySubject): readonly ContractCase[] {
  return [...identityCases(subject), ...contentCases(subject), ...driftCases(subject)];
}

function messageOf(subject: GatewaySubject, event: StoryEvent): VerifiedMessage {
  const [secret] = secretsOf(subject);
  const { raw, headers } = evidenceOf(subject, requestOf(subject, event, secret), [secret]);
  return withBody(
    subject,
    createMessage({ raw, headers, receivedAt: NOW, settings: subject.settings ?? {} }),
    raw,
  );
}

const withBody = ({ gateway }: GatewaySubject, message: VerifiedMessage, raw: Buffer): VerifiedMessage => ({
  ...message,
  raw,
  body: bodyParser(message.headers['content-type'], gateway)(raw),
});

const interpret = (subject: GatewaySubject, event: StoryEvent): InterpretedMessage =>
  interpretMessage(subject.gateway, messageOf(subject, event));

function identityCases(subject: GatewaySubject): readonly ContractCase[] {
  const { gateway } = subject;
  return [
    {
      name: 'are known by one key each, the same at every reading',
      run() {
        const keys = eventsOf(subject).map((event) => interpret(subject, event).key);
        assert.deepEqual(
          eventsOf(subject).map((event) => interpret(subject, event).key),
          keys,
        );
        // A hint is new each time: only what the gateway is asked then is known by a key.
        if (gateway.fetch) return;
        assert.ok(keys.every((key) => key !== null && key.length > 0));
        assert.equal(new Set(keys).size, keys.length);
      },
    },
    {
      name: 'are not known by anything that nobody signed',
      run() {
        const message = messageOf(subject, firstEvent(subject));
        const [secret] = secretsOf(subject);
        const evidence = evidenceOf(subject, requestOf(subject, firstEvent(subject), secret), [secret]);
        const needed = (name: string): boolean =>
          verifierOf(gateway).checkHeaders({
            ...evidence,
            headers: { ...evidence.headers, [name]: undefined },
          }) !== null;
        const { key } = gateway.identify(message);
        for (const name of Object.keys(message.headers).filter((header) => !needed(header)))
          assert.equal(
            gateway.identify({ ...message, headers: { ...message.headers, [name]: 'other' } }).key,
            key,
          );
      },
    },
    {
      name: 'are read the same from storage, where what authenticates is masked',
      run() {
        const [secret] = secretsOf(subject);
        for (const event of eventsOf(subject)) {
          const message = messageOf(subject, event);
          const { headers } = evidenceOf(subject, requestOf(subject, event, secret), [secret]);
          const masked = Object.entries(headers).map(([name, value]) => [
            name,
            /signature|hmac|auth|token|sign$|hash/.test(name) ? '***' : value,
          ]);
          const stored = { ...message, headers: Object.fromEntries(masked) as Record<string, string> };
          assert.deepEqual(interpretMessage(gateway, stored), interpretMessage(gateway, message));
        }
      },
    },
  ];
}

function contentCases(subject: GatewaySubject): readonly ContractCase[] {
  return [
    {
      name: 'tell of the payment that they are about, at the time that the gateway says',
      run() {
        for (const event of eventsOf(subject)) {
          const { content } = interpret(subject, event);
          if (content.kind === 'hint') assert.equal(content.orderId, event.orderId);
          else assert.equal(content.kind, 'reports', JSON.stringify(content));
          if (content.kind !== 'reports') continue;
          assert.equal(content.issues, undefined);
          const report = content.reports.find(({ gatewayPaymentId }) => gatewayPaymentId === event.paymentId);
          assert.ok(report, `no report of ${event.paymentId}`);
          assert.equal(report.kind, event.kind);
          // Some gateways count whole seconds.
          assert.ok(Math.abs(report.occurredAt.getTime() - event.occurredAt.getTime()) < 1000);
        }
      },
    },
    {
      name: 'come to the same payment in every order',
      run() {
        for (const story of storiesOf(subject)) {
          const reports = story.flatMap((event) => reportsOf(subject, event));
          if (reports.length === 0) continue;
          const { projection } = foldReports(reports);
          for (let seed = 0; seed < ORDERS; seed++)
            assert.deepEqual(foldReports(shuffle(reports, seed)).projection, projection);
        }
      },
    },
  ];
}

function reportsOf(subject: GatewaySubject, event: StoryEvent): OrderedReport[] {
  const { key, eventId, content } = interpret(subject, event);
  if (content.kind !== 'reports' || key === null) return [];
  return content.reports.map((report, at) => ({ ...report, key: `${key}#${at}`, eventId: eventId ?? key }));
}

function driftCases(subject: GatewaySubject): readonly ContractCase[] {
  const jsonEvents = eventsOf(subject).filter((event) => isObject(parsed(subject.simulator.body(event))));
  if (jsonEvents.length === 0) return [];
  return [
    {
      name: 'are read the same when a new version of the gateway adds fields',
      run() {
        for (const event of jsonEvents) {
          const message = messageOf(subject, event);
          const added = Buffer.from(JSON.stringify(withAddedFields(parsed(message.raw))));
          assert.deepEqual(
            interpretMessage(subject.gateway, withBody(subject, message, added)).content,
            interpretMessage(subject.gateway, message).content,
          );
        }
      },
    },
    {
      name: 'are never too strange to be parked: whatever a field turns into, reading does not fail',
      run() {
        for (const event of jsonEvents) {
          const message = messageOf(subject, event);
          for (const altered of everyAlteration(parsed(message.raw))) {
            const raw = Buffer.from(JSON.stringify(altered) ?? '0');
            assert.ok(interpretMessage(subject.gateway, withBody(subject, message, raw)));
          }
        }
      },
    },
  ];
}

function parsed(raw: Buffer): unknown {
  try {
    return JSON.parse(raw.toString('utf8')) as unknown;
  } catch {
    // A form, or a document of another kind.
    return undefined;
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function withAddedFields(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withAddedFields);
  if (!isObject(value)) return value;
  const inner = Object.entries(value).map(([name, part]) => [name, withAddedFields(part)]);
  return { ...Object.fromEntries(inner), zz_added_later: { id: 'zz_1', amount: -1, list: [null] } };
}

/** The value with each of its fields, at any depth, turned into every hostile value in turn. */
function* everyAlteration(value: unknown): Generator<unknown> {
  yield* HOSTILE_VALUES;
  if (typeof value !== 'object' || value === null) return;
  for (const [name, part] of Object.entries(value))
    for (const altered of everyAlteration(part))
      yield Array.isArray(value)
        ? value.map((item: unknown, at) => (String(at) === name ? altered : item))
        : { ...value, [name]: altered };
}
