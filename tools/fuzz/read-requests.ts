import { type SignedRequest } from '../../src/simulator/gateway-simulator.js';
import { type Choices } from './choices.js';

const LISTS = ['/payments', '/deliveries', '/notifications', '/refusals', '/handler-runs'];
const OTHERS = [
  '/stats',
  '/metrics',
  '/docs-json',
  '/health/ready',
  '/health/live',
  '/secrets',
  '/',
  '/nowhere',
];
const NAMES = [
  ...['gateway', 'account', 'status', 'orderId', 'gatewayPaymentId', 'customer', 'from', 'to', 'limit'],
  ...[
    'cursor',
    'type',
    'paymentId',
    'reason',
    'merchant',
    'handler',
    'event',
    '__proto__',
    'constructor',
    'a[b]',
    'limit[]',
    '',
  ],
];
const VALUES = [
  '',
  '0',
  '1',
  '200',
  '201',
  '-1',
  '1e2',
  '999999999999',
  'NaN',
  'stripe',
  'succeeded',
  'processed',
  'sent',
  '\0',
  '\ud800',
  "' OR 1=1 --",
  '%',
  'a'.repeat(3_000),
  '2026-11-24',
  '2026-11-24T00:00:00Z',
  '2026-11-24T25:00:00Z',
  '0000-01-01T00:00:00Z',
  '9999-12-31T23:59:59.999999999Z',
  '+275760-09-13T00:00:00Z',
  '-000001-01-01T00:00:00Z',
  '2026-W48-2',
  '2026-328',
  '2026-02-30T00:00:00Z',
  '20261124T000000Z',
  '2026-11-24T00:00:00+23:59',
  'T00:00',
  'null',
  '[]',
  '{"toString":null}',
];
/** JSON values for a filter in place of text. The requests set `dryRun`, so that they change nothing. */
const BODY_VALUES = [
  ...['null', '""', '[]', '{}', '{"toString":null}', '{"then":null}', '0', '1e400', 'true', '"\\u0000"'],
  ...['"\\ud800"', '"2026-W48-2"', '"x"', `${'{"a":'.repeat(2_500)}1${'}'.repeat(2_500)}`],
];
const FILTERED = ['/deliveries/replay', '/handler-runs/replay'];
const ODD_IDS = ['x', '..', '%00', '%ff', '%', '00000000-0000-0000-0000-000000000000', 'a'.repeat(2_000)];

interface Readers {
  apiKey: string;
  ids: readonly string[];
}

/** A request to the read API with a valid key and odd filters, cursors and ids. */
export function buildReadRequest(
  choices: Choices,
  { apiKey, ids }: Readers,
): { method: 'GET' | 'POST'; request: SignedRequest } {
  const headers = { authorization: `Bearer ${apiKey}` };
  const request = (path: string): SignedRequest => ({ path, headers, body: Buffer.alloc(0) });
  const id = ids.length > 0 && choices.chance(50) ? choices.pick(ids) : choices.pick(ODD_IDS);
  if (choices.chance(5)) {
    const alerts = choices.pick([
      '',
      '?alerts=',
      '?alerts=yes',
      '?alerts=true&alerts=false',
      '?alerts[a]=true',
    ]);
    return { method: 'POST', request: request(`/deliveries/${id}/replay${alerts}`) };
  }
  if (choices.chance(5)) {
    const body = `{"dryRun":true,${JSON.stringify(choices.pick(NAMES))}:${choices.pick(BODY_VALUES)}}`;
    return { method: 'POST', request: { path: choices.pick(FILTERED), headers, body: Buffer.from(body) } };
  }
  if (choices.chance(15)) return { method: 'GET', request: request(choices.pick(OTHERS)) };
  if (choices.chance(25)) return { method: 'GET', request: request(`${choices.pick(LISTS)}/${id}`) };
  const filters = Array.from({ length: 1 + choices.integerBelow(3) }, () => buildFilter(choices, ids));
  return { method: 'GET', request: request(`${choices.pick(LISTS)}?${filters.join('&')}`) };
}

function buildFilter(choices: Choices, ids: readonly string[]): string {
  const name = choices.pick(NAMES);
  const cursor = (): string => Buffer.from(ids.length > 0 ? choices.pick(ids) : 'x').toString('base64url');
  const value = name === 'cursor' && choices.chance(60) ? cursor() : choices.pick(VALUES);
  // Some values are sent without encoding, except bytes that the HTTP client refuses in a URL.
  return `${encode(name)}=${choices.chance(85) ? encode(value) : value.replace(/[^!-~]|[#]/g, '%c0')}`;
}

const encode = (text: string): string => encodeURIComponent(text.replaceAll('\ud800', '%ED%A0%80'));
