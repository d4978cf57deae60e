import { type SignedRequest } from '../../src/simulator/gateway-simulator.js';
import { type Choices } from './choices.js';
import { toRawRequest } from './raw-request.js';

type Header = readonly [string, string];
type Framing = (request: SignedRequest, choices: Choices, host: string) => Buffer;

const VALUES = [
  '',
  ' ',
  ',',
  '\0',
  '\x01\x7f',
  '\xff\xfe',
  't=1,v1=',
  't=99999999999999999999,v1=00',
  'v1,',
  'v1a,AAAA v1,AAAA',
  'a'.repeat(7_000),
  'a'.repeat(70_000),
  '0'.repeat(64),
  'application/json; charset=utf-7',
  'application/x-www-form-urlencoded',
  'text/plain',
  'gzip',
  'identity, gzip',
  '-1',
  '1e3',
  '1, 2',
];

/** Header names of gateways, of proxies, and names with a meaning in JavaScript. */
const NAMES = [
  ...['content-type', 'content-encoding', 'content-length', 'transfer-encoding', 'expect', 'host'],
  ...['stripe-signature', 'x-razorpay-signature', 'x-razorpay-event-id'],
  ...['webhook-id', 'webhook-timestamp', 'webhook-signature', 'authorization', 'cookie', 'x-forwarded-for'],
  ...['__proto__', 'constructor', 'toString', 'upgrade', 'connection', 'te', 'range', 'x', 'bad name'],
];

const METHODS = ['POST', 'POST', 'POST', 'GET', 'PUT', 'DELETE', 'OPTIONS', 'HEAD', 'PATCH', 'BREW'];
const PATHS = [
  '//',
  '/..',
  '/%2e%2e',
  '/%',
  '/%00',
  '/%ff',
  '/__proto__',
  '?a[]=1&a=2',
  `/${'x'.repeat(3_000)}`,
];

/** A valid request with some headers missing, doubled, emptied or huge. */
export function addHostileHeaders(request: SignedRequest, choices: Choices, host: string): Buffer {
  const headers: Header[] = [...toHeaderList(request, host), ['content-length', String(request.body.length)]];
  for (let left = 1 + choices.integerBelow(3); left > 0; left--) {
    const at = choices.integerBelow(headers.length);
    const [name, value] = headers[at] as Header;
    const change = choices.integerBelow(5);
    if (change === 0) headers.splice(at, 1);
    else if (change === 1) headers.splice(at, 0, [name, value]);
    else if (change === 2) headers[at] = [name, choices.pick(VALUES)];
    else if (change === 3) headers.push([choices.pick(NAMES), choices.pick(VALUES)]);
    else headers[at] = [name.toUpperCase(), `\t ${value} `];
    if (headers.length === 0) break;
  }
  const path = choices.chance(20) ? request.path + choices.pick(PATHS) : request.path;
  return toRawRequest({ method: choices.pick(METHODS), path, headers }, request.body);
}

const withLength =
  (length: (bytes: number) => string): Framing =>
  (request, _choices, host) => {
    const headers: Header[] = [
      ...toHeaderList(request, host),
      ['content-length', length(request.body.length)],
    ];
    return toRawRequest({ method: 'POST', path: request.path, headers }, request.body);
  };

/** A chunked body. `size` writes the size line of each chunk, `end` follows the last one. */
const chunked =
  (size: (bytes: number) => string, end: string): Framing =>
  (request, choices, host) => {
    const headers: Header[] = [...toHeaderList(request, host), ['transfer-encoding', 'chunked']];
    const cut = choices.integerBelow(request.body.length + 1);
    const pieces = [request.body.subarray(0, cut), request.body.subarray(cut)].filter(
      ({ length }) => length > 0,
    );
    const chunks = pieces.flatMap((piece) => [
      Buffer.from(`${size(piece.length)}\r\n`),
      piece,
      Buffer.from('\r\n'),
    ]);
    return toRawRequest(
      { method: 'POST', path: request.path, headers },
      Buffer.concat([...chunks, Buffer.from(end)]),
    );
  };

const FRAMINGS: readonly Framing[] = [
  withLength((bytes) => String(bytes + 1)),
  withLength((bytes) => String(Math.max(0, bytes - 1))),
  withLength((bytes) => `${bytes}, ${bytes}`),
  withLength(() => '99999999999999999999'),
  withLength(() => '2000000'),
  withLength(() => '-5'),
  chunked((bytes) => bytes.toString(16), '0\r\n\r\n'),
  chunked((bytes) => `${bytes.toString(16)};${'x'.repeat(20_000)}`, '0\r\n\r\n'),
  chunked((bytes) => (bytes + 3).toString(16), '0\r\n\r\n'),
  chunked((bytes) => bytes.toString(16), ''),
  chunked((bytes) => bytes.toString(16), '0\r\nContent-Length: 5\r\n\r\n'),
  chunked(() => 'zz', '0\r\n\r\n'),
  chunked(() => 'ffffffffffffffff', '0\r\n\r\n'),
  // Content-Length and Transfer-Encoding together: the classic request smuggling.
  (request, choices, host) => {
    const chunkedToo: SignedRequest = { ...request, headers: { ...request.headers, 'Content-Length': '4' } };
    return chunked((bytes) => bytes.toString(16), '0\r\n\r\n')(chunkedToo, choices, host);
  },
  (request, choices, host) => {
    const whole = withLength(String)(request, choices, host);
    return whole.subarray(0, choices.integerBelow(whole.length));
  },
  (request, choices, host) => {
    const whole = Buffer.from(withLength(String)(request, choices, host));
    whole[choices.integerBelow(Math.min(whole.length, 200))] = choices.integerBelow(256);
    return whole;
  },
];

/** A request with broken HTTP framing. Its body may be signed correctly. */
export const misframe: Framing = (request, choices, host) => choices.pick(FRAMINGS)(request, choices, host);

const toHeaderList = ({ headers }: SignedRequest, host: string): Header[] => [
  ['host', host],
  ['connection', 'close'],
  ...Object.entries(headers),
];
