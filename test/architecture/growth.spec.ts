import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { plainToInstance } from 'class-transformer';
import { validateSync } from 'class-validator';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { maskCardNumbers } from '../../src/platform/logging/card-numbers.js';
import { redact, redactSecrets } from '../../src/platform/logging/redactor.js';
import { readRegistration } from '../../src/orders/api/order-body.js';
import { isOrderId as isOrderIdOfShop } from '../../src/orders/order-id.js';
import { IsDateTime } from '../../src/platform/http/query-filters.js';
import { toArrayLiteral } from '../../src/platform/database/columns.js';
import { canonicalUrl, isHealthUrl } from '../../src/platform/http/request-path.js';
import { retryAfterIn } from '../../src/platform/http/retry-after.js';
import { toSendError } from '../../src/notifications/channels/smtp-answer.js';
import { canonicalAddress } from '../../src/notifications/scheduling/address-limit.js';
import { usableEmail } from '../../src/notifications/messages/contact.js';
import { FailureWords } from '../../src/notifications/messages/failure-words.js';
import { formatMoney } from '../../src/notifications/messages/figures.js';
import { chooseLocale } from '../../src/notifications/messages/locale.js';
import { buildRetryUrl } from '../../src/notifications/messages/retry-url.js';
import {
  displayableName,
  toHeaderValue,
  linkableId,
  displayableOrderId,
} from '../../src/notifications/messages/safe-text.js';
import {
  readRedeliver,
  readRegistration as readSubscription,
} from '../../src/subscriptions/api/subscription-body.js';
import { refusalOfAddress } from '../../src/subscriptions/guard/address-rules.js';
import { decimalToMinorUnits } from '../../src/payments/report/money.js';
import { mentionMatcher } from '../../src/payments/privacy/data-subject.js';
import { parseIdentifier } from '../../src/payments/report/customer-identifier.js';
import { addressGroup } from '../../src/webhooks/refusals/address-group.js';
import { possibleOriginals } from '../../src/webhooks/refusals/body-alterations.js';
import { isValidId } from '../../src/webhooks/gateways/gateway.js';
import { createEvidence } from '../../src/webhooks/gateways/evidence.js';
import { gateways } from '../../src/webhooks/gateways/index.js';
import { parseSince } from '../../src/webhooks/reconciliation/since.js';
import { isOrderId } from '../../src/webhooks/gateways/ippopay/ippopay.order-id.js';
import { parseIsoTime } from '../../src/webhooks/gateways/fields/iso-time.js';
import { compileVerifier, verifierOf } from '../../src/webhooks/gateways/verifier.js';
import { quoteBigIntegers } from '../../src/webhooks/message/quote-big-integers.js';
import { hexSignature, parseUnixSeconds } from '../../src/webhooks/gateways/signature.js';
import { firstText, readCurrency } from '../../src/webhooks/gateways/fields/wire-fields.js';
import { maskHeaders } from '../../src/webhooks/receive/masked-headers.js';
import { parseBody } from '../../src/webhooks/message/parse-body.js';
import { extractTexts } from '../../src/webhooks/message/payload-text.js';
import { PersonMentions, extractPossibleNames } from '../../src/webhooks/message/person-mentions.js';
import { interpretMessage } from '../../src/webhooks/message/interpret-message.js';
import { fixture } from '../support/requests.js';
import type { Json } from '../support/test-app.js';
import { PROJECT } from './planted-copy.js';

/**
 * Every pattern and walk that a stranger's or a gateway's text reaches, on hostile text of growing size. It is the one
 * place where time is compared: CPU time of this process, the least of several runs, and four times the text may take
 * up to ten times as long (a quadratic walk takes sixteen times). What is done within {@link SHORT_MS} is let through.
 */

/** Puts the text wherever a body of this gateway has one, and reads the whole. */
const readingOf = (name: string, event: string) => {
  const gateway = gateways.find((one) => one.name === name);
  if (!gateway) throw new Error(name);
  const body = fixture(event).toString();
  return (text: string): unknown => {
    const raw = Buffer.from(JSON.stringify(withText(JSON.parse(body), text)));
    const message = {
      raw,
      body: parseBody(raw, undefined, ['json']),
      headers: { 'webhook-id': 'a' },
      settings: {},
      provenance: 'received',
      mode: 'live',
      receivedAt: new Date(),
    } as const;
    return interpretMessage(gateway, message);
  };
};

/** Every free text of a body replaced; ids, types and statuses lead on to the translator and stay. */
function withText(value: Json, text: string): Json {
  if (Array.isArray(value)) return value.map((item) => withText(item, text));
  if (typeof value !== 'object' || value === null) return value;
  const FREE =
    /email|phone|contact|name|locale|description|message|reason|receipt|orderId|note|address|line|city/;
  return Object.fromEntries(
    Object.entries(value).map(([key, part]) => [
      key,
      FREE.test(key) && (typeof part === 'string' || part === null) ? text : withText(part, text),
    ]),
  );
}

const headersOf = (name: string) => {
  const gateway = gateways.find((one) => one.name === name);
  if (!gateway) throw new Error(name);
  return (text: string) =>
    verifierOf(gateway).checkHeaders(
      createEvidence({
        headers: {
          'stripe-signature': `t=1,${text}`,
          'webhook-id': text,
          'webhook-timestamp': '1',
          'webhook-signature': text,
          'x-razorpay-signature': text,
        },
        token: text,
        secrets: [],
        now: new Date(0),
      }),
    );
};

const caught = (work: (text: string) => unknown) => (text: string) => {
  try {
    work(text);
  } catch (error) {
    if (error instanceof RangeError) throw error;
  }
};

const person = new PersonMentions({ identifiers: ['asha@shop.example', '+91 98765 43210'], names: [] });

const BASIC = compileVerifier({ by: 'token', at: 'basic' });

class AskedSince {
  @IsDateTime() from!: string;
}

const WALKS: Readonly<Record<string, (text: string) => unknown>> = {
  usableEmail,
  'canonicalAddress of a number': (text) => canonicalAddress(`+1${text}`),
  'usableEmail, within an address': (text) => usableEmail(`a@b${text}.example`),
  chooseLocale: (text) => chooseLocale(text, 'en'),
  'chooseLocale, a tag': (text) => chooseLocale(`en-${text}`, 'en'),
  greetingName: displayableName,
  shownOrder: displayableOrderId,
  linkedId: linkableId,
  headerValue: toHeaderValue,
  failureReason: (text) => new FailureWords([]).reasonOf(text),
  moneyText: (text) => formatMoney(text, 'USD', 2, 'en'),
  retryUrl: (text) => buildRetryUrl('https://shop.example/{orderId}', { orderId: text }),
  withoutSecrets: redactSecrets,
  redacted: redact,
  maskCardNumbers,
  canonicalUrl,
  'canonicalUrl of webhooks': (text) => canonicalUrl(`//Webhooks/${text}`),
  isHealth: isHealthUrl,
  deliveryErrorOf: (text) =>
    toSendError(Object.assign(new Error(text), { response: text, responseCode: 550 })),
  identifierOf: parseIdentifier,
  'mentionOf an address': mentionMatcher('asha@shop.example'),
  'mentionOf a phone': mentionMatcher('+91 98765 43210'),
  'PersonMentions.isIn': (text) =>
    person.isIn({ gateway: 'a', account: 'b', headers: [], bytes: Buffer.from(JSON.stringify({ a: text })) }),
  possibleNames: (text) => extractPossibleNames({ headers: [['a', text]], bytes: Buffer.from(text) }),
  addressGroup,
  maskedHeaders: (text) => maskHeaders([text, text, 'x-any', text], ['a secret of an account']),
  'originalsOf text': (text) => [...possibleOriginals(Buffer.from(text))],
  'originalsOf JSON': (text) => [...possibleOriginals(Buffer.from(JSON.stringify([text])))],
  'parseBody of JSON': (text) => parseBody(Buffer.from(text), undefined, ['json']),
  'parseBody of a form': (text) =>
    parseBody(Buffer.from(text), 'application/x-www-form-urlencoded', ['form']),
  textsIn: (text) => extractTexts(Buffer.from(text)),
  'textsIn JSON': (text) => extractTexts(Buffer.from(JSON.stringify({ a: text }))),
  isValidId,
  isOrderId,
  isOrderIdOfShop,
  readRegistration: (text) =>
    readRegistration({ amount: text, gateway: text, account: text, expiresAt: `2026-11-24T${text}` }),
  readSubscription: (text) =>
    readSubscription(
      {
        url: `https://a.example/${text}`,
        topics: [text, `a.${text}`],
        filter: { gateway: text, account: text },
        secret: `whsec_${text}`,
      },
      () => false,
    ),
  'a host of a subscription': (text) =>
    readSubscription({ url: `https://${text}.example`, topics: ['*'] }, () => true),
  readRedeliver: (text) => [
    readRedeliver({ since: `2026-11-24T10:00:00.${text}` }),
    readRedeliver({ eventId: text }),
  ],
  refusalOfAddress,
  toArrayLiteral: (text) => toArrayLiteral([text]),
  retryAfterIn: (text) => retryAfterIn(`Mon, ${text} GMT`, 0),
  parseIsoTime: (text) => parseIsoTime(`2026-11-24T10:00:00${text}`),
  parseSince: (text) => parseSince(`2026-11-24T10:00:00.${text}`, new Date()),
  IsDateTime: (text) => validateSync(plainToInstance(AskedSince, { from: `2026-11-24T${text}` })),
  parseUnixSeconds,
  hexSignature,
  readCurrency: (text) => readCurrency(text, 'a', []),
  firstText: (text) => firstText(text, 'a'),
  decimalToMinorUnits: caught((text) => decimalToMinorUnits(`1.${text}`, 2)),
  'headers of stripe': headersOf('stripe'),
  'headers of standard': headersOf('standard'),
  'headers of razorpay': headersOf('razorpay'),
  'a token of Basic authentication': (text) =>
    BASIC.checkHeaders(
      createEvidence({ headers: { authorization: `Basic ${text}` }, secrets: ['any'], now: new Date(0) }),
    ),
  quoteBigIntegers: (text) => quoteBigIntegers(`1234567890123456789${text}`),
  'a body of stripe': readingOf('stripe', 'stripe/2026-10-28.payment_intent.payment_failed'),
  'a session of stripe': readingOf('stripe', 'stripe/2026-10-28.checkout.session.completed'),
  'a body of razorpay': readingOf('razorpay', 'razorpay/payment.failed'),
  'a body of standard': readingOf('standard', 'standard/payment.updated'),
};

/** Each is a piece that is repeated, between what leads a pattern in and what makes it fail at the end. */
const PIECES = [
  ...[
    ' ',
    'a',
    '1',
    '0',
    '-',
    '@',
    '.',
    '=',
    ',',
    '/',
    '%20',
    '%',
    '\\',
    '"',
    "'",
    '[',
    '{"a":',
    '🙂',
    'é',
    '\u200b',
  ],
  ...[
    '1 ',
    '1-',
    '+1 ',
    '1%20',
    'a ',
    'a.',
    'a@',
    '@a.',
    '.a@',
    'a-',
    '-a',
    '()',
    '(1) ',
    '\t\n',
    '<a>',
    'a=1&',
  ],
  ...[
    'v1=0,',
    'v1a,',
    't=1,',
    'Bearer ',
    'Basic a ',
    '/webhooks/',
    '%2Fwebhooks',
    'sk_',
    'whsec_',
    'http://',
    '://a',
  ],
  ...[
    '4242 ',
    '4242-4242 ',
    '00000000-',
    'dot ',
    ' dot ',
    '\\u0061',
    '&#64;',
    '[1,',
    '"constructor":',
    '\r\n',
  ],
];
const ENDS: readonly [string, string][] = [
  ['', ''],
  ['a', '!'],
  ['1', 'x'],
];
const hostile = (piece: string, [begin, end]: readonly [string, string], length: number): string =>
  begin + piece.repeat(Math.ceil(length / piece.length)) + end;

const LENGTH = 16_000;
const TIMES = 4;
const MOST_GROWTH = 10;
const SHORT_MS = 25;

function cpuMs(work: () => unknown): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
const least = (runs: number, work: () => unknown): number =>
  Math.min(...Array.from({ length: runs }, () => cpuMs(work)));

/** By how much more text takes longer; 0 where it is short anyway. What is slow is measured once: it is no jitter. */
function growthOf(walk: (text: string) => unknown, piece: string, end: readonly [string, string]): number {
  const longer = hostile(piece, end, LENGTH * TIMES);
  const first = cpuMs(() => walk(longer));
  if (first < SHORT_MS) return 0;
  const runs = first > 500 ? 1 : 5;
  const shorter = hostile(piece, end, LENGTH);
  const [long, short] = [least(runs, () => walk(longer)), least(runs, () => walk(shorter))];
  return long < SHORT_MS ? 0 : long / Math.max(short, 0.1);
}

/** Measures again, up to `times`, while it looks steep. */
function lazily(times: number, measure: () => number): number[] {
  const measured = [measure()];
  while (measured.length < times && (measured.at(-1) ?? 0) > MOST_GROWTH) measured.push(measure());
  return measured;
}

/** The first text over which it is steep; null where there is none. */
function steepest(walk: (text: string) => unknown): string | null {
  for (const piece of PIECES)
    for (const end of ENDS) {
      // What is steep is steep each time; a machine that is busy for a moment is not.
      const growth = Math.min(...lazily(3, () => growthOf(walk, piece, end)));
      if (growth > MOST_GROWTH)
        return `${JSON.stringify(piece)} ${end.join('…')}: ${growth.toFixed(1)} times`;
    }
  return null;
}

describe('four times the text takes no more than a few times as long', () => {
  it.each(Object.entries(WALKS))('%s', (_, walk) => expect(steepest(walk)).toBeNull(), 120_000);
});

describe('structure', () => {
  const body = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
  const nested = (depth: number, inner: unknown): unknown => {
    let value = inner;
    for (let level = 0; level < depth; level++) value = level % 2 === 0 ? [value] : { a: value };
    return value;
  };
  const SHAPES: Readonly<Record<string, (size: number) => Buffer>> = {
    'a long list': (size) => body(Array.from({ length: size }, () => 1)),
    'many fields': (size) =>
      body(Object.fromEntries(Array.from({ length: size }, (_, at) => [`f_${at}`, at]))),
    'a long list, 60 deep': (size) =>
      body(
        nested(
          60,
          Array.from({ length: size }, () => 'seven!!'),
        ),
      ),
    'many fields, 60 deep': (size) =>
      body(nested(60, Object.fromEntries(Array.from({ length: size }, (_, at) => [`f_${at}`, 'x'])))),
    'nested without end': (size) => Buffer.from('['.repeat(size) + ']'.repeat(size)),
    'fields named constructor': (size) => body(Array.from({ length: size }, () => ({ constructor: 1 }))),
  };
  const standard = gateways.find(({ name }) => name === 'standard');
  const READERS: Readonly<Record<string, (raw: Buffer) => unknown>> = {
    parseBody: (raw) => parseBody(raw, undefined, ['json']),
    textsIn: extractTexts,
    originalsOf: (raw) => [...possibleOriginals(raw)],
    readMessage: (raw) => {
      const told: Json = JSON.parse(fixture('standard/payment.updated').toString());
      const part = parseBody(raw, undefined, ['json']);
      told.data.customer = part;
      if (part !== null && typeof part === 'object') Object.assign(told, part);
      return (
        standard &&
        interpretMessage(standard, {
          raw,
          body: told,
          headers: { 'webhook-id': 'a' },
          settings: {},
          provenance: 'received',
          mode: 'live',
          receivedAt: new Date(),
        })
      );
    },
  };

  it.each(
    Object.entries(READERS).flatMap(([reader, read]) =>
      Object.entries(SHAPES).map(([shape, make]) => [reader, shape, read, make] as const),
    ),
  )('%s of %s', (_reader, _shape, read, make) => {
    const size = 10_000;
    const [shorter, longer] = [make(size), make(size * TIMES)];
    const long = least(3, () => read(longer));
    if (long < SHORT_MS) return;
    expect(
      long /
        Math.max(
          least(5, () => read(shorter)),
          0.1,
        ),
    ).toBeLessThan(MOST_GROWTH);
  });
});

describe('a file with a pattern that repeats', () => {
  /** Read by the rows above. */
  const COVERED = [
    'platform/logging/card-numbers.ts',
    'platform/logging/redactor.ts',
    'orders/api/order-body.ts',
    'orders/order-id.ts',
    'platform/http/query-filters.ts',
    'subscriptions/api/subscription-body.ts',
    'subscriptions/guard/address-rules.ts',
    'webhooks/reconciliation/since.ts',
    'platform/http/request-path.ts',
    'platform/http/retry-after.ts',
    'notifications/channels/sender-refusals.ts',
    'notifications/channels/smtp-answer.ts',
    'notifications/messages/contact.ts',
    'notifications/scheduling/address-limit.ts',
    'notifications/messages/failure-words.ts',
    'notifications/messages/figures.ts',
    'notifications/messages/retry-url.ts',
    'notifications/messages/safe-text.ts',
    'payments/report/money.ts',
    'payments/privacy/data-subject.ts',
    'payments/report/phone.ts',
    'webhooks/refusals/address-group.ts',
    'webhooks/gateways/gateway.ts',
    'webhooks/gateways/ippopay/ippopay.order-id.ts',
    'webhooks/gateways/ippopay/ippopay.translate.ts',
    'webhooks/gateways/fields/iso-time.ts',
    'webhooks/gateways/signature.ts',
    'webhooks/gateways/standard/standard.proof.ts',
    'webhooks/gateways/token-proof.ts',
    'webhooks/gateways/stripe/stripe.people.ts',
    'webhooks/message/payload-text.ts',
    'webhooks/message/person-mentions.ts',
  ];
  /** Text of whoever runs the service, of its own code, or of a header that Node bounds to 16 kB. */
  const TRUSTED = [
    /^(?:app|cli|platform\/config|platform\/database|schema|simulator)\//,
    /^main\.ts$/,
    /^platform\/(?:events\/handler-registry|jobs\/polling-loop)\.ts$/,
    /^platform\/(?:http\/(?:api-key\.guard|admission|page)|logging\/fatal-error-line)\.ts$/,
    /^notifications\/channels\/email\.channel\.ts$/,
    /^operations\/privacy\/customer-erasure\.ts$/,
    /^payments\/rebuild\/differences\.ts$/,
    /^subscriptions\/(?:guard\/networks|rules\/retry-schedule)\.ts$/,
    /^webhooks\/(?:message\/dto-message|receive\/webhook-signature\.guard|secrets\/secret-fingerprint)\.ts$/,
    // Cursors of lists, which we write ourselves.
    /^webhooks\/gateways\/(?:razorpay\/razorpay|stripe\/stripe)\.lists\.ts$/,
    /^webhooks\/gateways\/(?:signed-proof|ippopay\/ippopay\.gateway|standard\/standard\.secrets)\.ts$/,
  ];
  /** A literal with a quantifier, or one that is put together. */
  const REPEATS =
    /(?:^|[=(:,[?&|!\s])\/(?![/*\s])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])*?[^\\/](?:[+*]|\{\d+,?\d*\})[^\n]*?\/[dgimsuvy]*(?=[\s.,;)\]]|$)|new RegExp\(/m;

  it('is read by one of the rows above, or holds nobody else’s text', () => {
    const files = readdirSync(join(PROJECT, 'src'), { recursive: true, encoding: 'utf8' }).filter(
      (path) => path.endsWith('.ts') && !path.endsWith('.spec.ts'),
    );
    const withPatterns = files.filter((path) => {
      const code = readFileSync(join(PROJECT, 'src', path), 'utf8').replace(/^\s*(?:\*|\/\/|\/\*).*$/gm, '');
      return REPEATS.test(code) && !TRUSTED.some((trusted) => trusted.test(path));
    });
    expect(withPatterns.filter((path) => !COVERED.includes(path))).toEqual([]);
    // The look itself works.
    const known = [
      'platform/logging/redactor.ts',
      'payments/report/phone.ts',
      'notifications/messages/safe-text.ts',
    ];
    expect(withPatterns).toEqual(expect.arrayContaining(known));
  });
});
