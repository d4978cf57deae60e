import { describe, expect, it } from '@jest/globals';
import { NOTIFICATION_KINDS } from '../kinds/message-kinds.js';
import { CATALOGS } from './catalogs/index.js';
import { renderMessage, type MessageFacts } from './message.js';

const FACTS: MessageFacts = {
  kind: 'payment_failed',
  orderId: 'ord_1',
  amount: '259900',
  currency: 'EUR',
  exponent: 2,
  failureCode: 'expired_card',
  customerName: 'Ada Lovelace',
  locale: 'en-GB',
  occurredAt: new Date('2026-11-23T17:05:00Z'),
  retryUrl: 'https://shop.example/orders/ord_1/pay?a=1&b=2',
};
const render = (facts: Partial<MessageFacts> = {}, byDefault = 'en') =>
  renderMessage({ ...FACTS, ...facts }, byDefault);

describe('a payment that failed', () => {
  it('says which order, how much, what went wrong, when and what to do, in text', () => {
    expect(render().subject).toBe('Your payment for order ord_1 did not go through');
    expect(render().text).toBe(`Hello Ada Lovelace,

Your payment did not go through

The card has expired. Please use another card.

Order: ord_1
Amount: €2,599.00
Date: 23 November 2026, 17:05 UTC

You can try the payment again here:
https://shop.example/orders/ord_1/pay?a=1&b=2

If you have paid for this order in the meantime, you can ignore this message.

--
This message was sent automatically.
`);
  });

  it('says the same in HTML, the link as a button and as an address', () => {
    const { html } = render();
    for (const part of ['Hello Ada Lovelace,', 'The card has expired.', 'ord_1', '€2,599.00', '17:05 UTC']) {
      expect(html).toContain(part);
    }
    expect(
      html.match(/href="https:\/\/shop\.example\/orders\/ord_1\/pay\?a&#x3D;1&amp;b&#x3D;2"/g),
    ).toHaveLength(2);
    expect(html).toContain('<html lang="en-GB"');
  });

  it('without a link says what to do instead', () => {
    const { text, html } = render({ retryUrl: null });
    for (const body of [text, html]) {
      expect(body).toContain('please go back to the shop');
      expect(body).not.toContain('https://');
    }
  });

  it('leaves out what is not known', () => {
    const bare = {
      orderId: null,
      amount: null,
      currency: null,
      exponent: null,
      customerName: null,
      failureCode: null,
    };
    const { subject, text, html } = render({ ...bare, occurredAt: new Date(Number.NaN), retryUrl: null });
    expect(subject).toBe('Your payment did not go through');
    expect(text).toMatch(/^Hello,\n/);
    expect(text).toContain('The payment was declined.');
    for (const body of [text, html]) expect(body).not.toMatch(/null|undefined|NaN|Order|Amount|Date|\{\w/);
    expect(text).not.toMatch(/\n{3}/);
  });
});

describe('a payment that arrived after all', () => {
  it('says so, and asks for nothing', () => {
    const { subject, text, html } = render({ kind: 'payment_received' });
    expect(subject).toBe('We have received your payment for order ord_1');
    for (const body of [text, html]) {
      expect(body).toContain('there is nothing left for you to do');
      expect(body).toContain('€2,599.00');
      expect(body).not.toMatch(/expired|https:|try/i);
    }
  });
});

describe('a receipt and a note about a refund', () => {
  it.each(['receipt', 'refund_note'] as const)('have no link and ask for nothing: %s', (kind) => {
    const { subject, text, html } = render({ kind, nextAttempt: 'none' });
    expect(subject).toContain('order ord_1');
    for (const body of [text, html]) {
      expect(body).toContain('€2,599.00');
      expect(body).not.toMatch(/expired|https:|try|attempt|ignore/i);
    }
  });

  it('says whether one refund is meant or all of them', () => {
    const note = { kind: 'refund_note', amount: '1000' } as const;
    expect(render(note).text).toContain('\nRefunded: €10.00\n');
    expect(render({ ...note, isTotal: true }).text).toContain('\nRefunded in total: €10.00\n');
  });
});

describe('a reminder', () => {
  it('says what is open, and where to pay', () => {
    const { subject, text } = render({ kind: 'reminder' });
    expect(subject).toBe('Reminder: your payment for order ord_1 is still open');
    expect(text).toContain('You can pay here:\nhttps://shop.example/orders/ord_1/pay?a=1&b=2\n');
    expect(text).toContain('If you have paid for this order in the meantime');
    expect(text).not.toMatch(/expired|try/i);
    expect(render({ kind: 'reminder', retryUrl: null }).text).toContain('please go back to the shop');
  });
});

describe('what the gateway does by itself', () => {
  const nextAttempt = '2026-11-30T09:30:00.000Z';

  it.each([
    ['en-GB', 'Another automatic attempt is planned for 30 November 2026, 09:30 UTC.'],
    [
      'de',
      'Ein weiterer automatischer Versuch ist für diesen Zeitpunkt geplant: 30. November 2026, 09:30 UTC.',
    ],
    ['fr', 'Une nouvelle tentative automatique est prévue à cette date : 30 novembre 2026, 09:30 UTC.'],
    ['es', 'Hay otro intento automático previsto para esta fecha: 30 de noviembre de 2026, 09:30 UTC.'],
    ['hi', 'अगली स्वचालित कोशिश इस समय के लिए तय है: 30 नवंबर 2026, 09:30 UTC।'],
  ])('is told in the customer’s words and with its time zone: %s', (locale, sentence) => {
    const { text, html } = render({ locale, nextAttempt });
    for (const body of [text, html]) expect(body).toContain(sentence);
  });

  it('is told on the last attempt, without a time', () => {
    expect(render({ nextAttempt: 'none' }).text).toContain('\nNo further automatic attempt is planned.\n');
  });

  it('is left out where it is unknown or no time', () => {
    for (const facts of [{}, { nextAttempt: 'soon' }]) expect(render(facts).text).not.toMatch(/attempt/i);
  });
});

describe('the language', () => {
  it.each(['en', 'de', 'es', 'fr', 'hi'] as const)('%s is the customer’s in every kind', (language) => {
    const { reasons, kinds } = CATALOGS[language];
    const sayings = { ...kinds, payment_failed: { text: reasons.expired_card } };
    for (const kind of NOTIFICATION_KINDS) {
      const message = render({ locale: language, kind });
      expect(message.locale).toBe(language);
      expect(message.text).toContain(sayings[kind].text);
    }
  });

  it('writes money by the full locale', () => {
    const amount = (locale: string): string | undefined =>
      /^[^:\n]+: (.*2.599.*)$/m.exec(render({ locale }).text)?.[1];
    expect(amount('de-DE')?.replace(/\s/g, ' ')).toBe('2.599,00 €');
    expect(amount('de-AT')?.replace(/\s/g, ' ')).toBe('€ 2.599,00');
  });

  it.each([null, 'ja-JP', 'auto', '<b>', '\r\n'])('is the default for %j', (locale) => {
    expect(render({ locale }, 'fr-FR').locale).toBe('fr-FR');
  });
});

const CATALOGS_AND_KINDS = Object.keys(CATALOGS).flatMap((language) =>
  NOTIFICATION_KINDS.map((kind) => [language, kind] as const),
);

describe('hostile values', () => {
  const order =
    '"><script>alert(1)</script><img src=x onerror=alert(1)>\r\nBcc: eve@evil.example\u202e{{automatic}}$&';

  it.each(CATALOGS_AND_KINDS)('in an order id are left out: %s, %s', (locale, kind) => {
    const { subject, text, html } = render({ orderId: order, locale, kind });
    const nothing = render({ orderId: null, locale, kind });
    expect({ subject, text, html, locale }).toEqual(nothing);
  });

  it('are escaped in HTML', () => {
    const { html } = render({ customerName: "O'Brien & Söhne" });
    expect(html).toContain('O&#x27;Brien &amp; Söhne');
  });

  it.each([
    '<script>alert(1)</script>',
    'Win at evil.com',
    'https://evil.example',
    'a@b',
    'x\r\nBcc: y@z.example',
  ])('are no names: %j', (customerName) => {
    const { subject, text, html } = render({ customerName });
    expect(text).toMatch(/^Hello,\n/);
    for (const part of [subject, text, html]) expect(part).not.toMatch(/evil|alert|Bcc|a@b/);
  });

  it.each(['http://evil.example/', 'javascript:alert(1)', 'https://shop.example@evil.example/', 'nonsense'])(
    'are no links: %s',
    (retryUrl) => {
      const { text, html } = render({ retryUrl });
      for (const body of [text, html]) expect(body).not.toMatch(/evil|alert|nonsense|href/);
      expect(text).toContain('please go back to the shop');
    },
  );

  it('give nothing away: a stolen card reads as a plain decline', () => {
    const stolen = render({ failureCode: 'stolen_card' });
    expect(stolen).toEqual(render({ failureCode: 'generic_decline' }));
    expect(stolen).toEqual(render({ failureCode: '<b>anything</b>' }));
  });
});

describe('the HTML', () => {
  it('loads nothing from anywhere', () => {
    expect(render().html).not.toMatch(/<img|<link|<script|<iframe|url\(|@import|src=/i);
  });
});
