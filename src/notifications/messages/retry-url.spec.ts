import { describe, expect, it } from '@jest/globals';
import { buildRetryUrl, safeLink } from './retry-url.js';

const TEMPLATE = 'https://shop.example/orders/{orderId}/pay';

describe('the link to put a payment right', () => {
  it.each([
    ['ord_1', 'https://shop.example/orders/ord_1/pay'],
    ['a/b?c#d&e', 'https://shop.example/orders/a%2Fb%3Fc%23d%26e/pay'],
    ['"><script>', 'https://shop.example/orders/%22%3E%3Cscript%3E/pay'],
    ['1\r\nBcc: x', 'https://shop.example/orders/1%0D%0ABcc%3A%20x/pay'],
    ['{gateway}', 'https://shop.example/orders/%7Bgateway%7D/pay'],
    ['é\u202e', 'https://shop.example/orders/%C3%A9%E2%80%AE/pay'],
    ['$&', 'https://shop.example/orders/%24%26/pay'],
  ])('encodes %j', (orderId, url) => expect(buildRetryUrl(TEMPLATE, { orderId })).toBe(url));

  it.each([null, '', '.', '..', '\ud800'])('is left out for the order %j', (orderId) => {
    expect(buildRetryUrl(TEMPLATE, { orderId })).toBeNull();
  });

  it('is left out when the order is not known, even where the template does not use it', () => {
    expect(buildRetryUrl('https://shop.example/pay', { orderId: null })).toBeNull();
    expect(buildRetryUrl('https://shop.example/pay', { orderId: '1' })).toBe('https://shop.example/pay');
  });

  it('is left out when any other placeholder is not known', () => {
    const template = 'https://shop.example/{orderId}?p={paymentId}';
    expect(buildRetryUrl(template, { orderId: '1', paymentId: 'p 1' })).toBe(
      'https://shop.example/1?p=p%201',
    );
    expect(buildRetryUrl(template, { orderId: '1', paymentId: null })).toBeNull();
    expect(buildRetryUrl(template, { orderId: '1' })).toBeNull();
    expect(buildRetryUrl('https://shop.example/{orderId}/{constructor}', { orderId: '1' })).toBeNull();
  });

  it.each([
    null,
    '',
    'nonsense',
    'https://{orderId}/pay',
    'https://shop{orderId}.example/',
    'ftp://shop.example/{orderId}',
  ])('is left out for the template %j', (template) =>
    expect(buildRetryUrl(template, { orderId: 'evil.example' })).toBeNull(),
  );
});

describe('a link that may be in a mail', () => {
  it.each(['https://shop.example/', 'http://localhost:3000/x', 'http://127.0.0.1/', 'http://[::1]:8080/'])(
    'is %s',
    (url) => expect(safeLink(url)).toBe(url),
  );
  it.each([
    null,
    'http://shop.example/',
    'http://localhost.evil.example/',
    'javascript:alert(1)',
    'data:text/html,x',
    'https://shop.example@evil.example/',
    `https://shop.example/${'x'.repeat(2000)}`,
    '/orders/1',
  ])('is not %s', (url) => expect(safeLink(url)).toBeNull());
});
