import assert from 'node:assert/strict';
import { verifierOf } from '../../webhooks/gateways/verifier.js';
import { interpretMessage, suffixOf } from '../../webhooks/message/interpret-message.js';
import type { StoryEvent } from '../gateway-simulator.js';
import { describeEvent, interpret, isReportOf, messageOf, withBody } from './reading.js';
import { reportCases } from './report-cases.js';
import type { ContractCase, GatewaySubject } from './subject.js';
import { eventsOf, evidenceOf, firstEvent, NOW, requestOf, secretsOf, storiesOf } from './subject.js';

/** A gateway signs a delivery anew when it sends it again: here one minute later. */
const REDELIVERED_AT = new Date(NOW.getTime() + 60_000);

/** What a field of a body may turn into, whatever it was. */
const HOSTILE_VALUES: readonly unknown[] = [
  ...[undefined, null, true, 0, -1, 1.5, 1e300, '', ' ', '0', '\u0000', '\ud800', 'x'.repeat(10_000)],
  ...[[], {}, [null], { constructor: 1, id: {} }],
];

export function messageCases(subject: GatewaySubject): readonly ContractCase[] {
  return [...identityCases(subject), ...reportCases(subject), ...driftCases(subject)];
}

/**
 * The key of the delivery, and the key of the report: in a body with several events, each event has its own. A hint that is
 * new at each delivery has neither; only what the gateway is asked then is known by a key.
 */
function keysOf(subject: GatewaySubject, event: StoryEvent, signedAt = NOW): readonly string[] {
  const { key, content } = interpret(subject, event, signedAt);
  assert.notEqual(key, '', `an empty key for ${describeEvent(event)}`);
  const delivery = key === null ? [] : [`delivery ${key}`];
  if (content.kind === 'hint') return delivery;
  const reports = content.kind === 'reports' ? content : { reports: [], keys: undefined };
  const at = Math.max(reports.reports.findIndex(isReportOf(event)), 0);
  const { event: eventKey, suffix } = reports.keys?.[at] ?? { event: null, suffix: suffixOf(at) };
  const known = eventKey ?? key;
  assert.ok(known, `no key for ${describeEvent(event)}`);
  return [...delivery, `report ${known}${suffix}`];
}

function identityCases(subject: GatewaySubject): readonly ContractCase[] {
  const { gateway } = subject;
  return [
    {
      name: 'are known by one key each, the same at every delivery, which no other event has',
      run() {
        const eventByKey = new Map<string, string>();
        for (const event of storiesOf(subject).flat()) {
          const keys = keysOf(subject, event);
          const again = keysOf(subject, event, REDELIVERED_AT);
          assert.deepEqual(again, keys, `another key for ${describeEvent(event)} sent again`);
          for (const key of keys) {
            const other = eventByKey.get(key);
            assert.equal(other, undefined, `${describeEvent(event)} has the key of ${other}`);
            eventByKey.set(key, describeEvent(event));
          }
        }
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
