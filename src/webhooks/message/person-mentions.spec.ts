import { describe, expect, it } from '@jest/globals';
import { PersonMentions, extractPossibleNames, type SearchedMessage } from './person-mentions.js';

const at = (body: unknown, headers: [string, string][] = []): SearchedMessage => ({
  gateway: 'acme',
  account: 'default',
  headers,
  bytes: Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)),
});
const asha = new PersonMentions({
  identifiers: ['asha@shop.example', '+919876512345', 'cus_asha1'],
  names: [
    { gateway: 'acme', account: 'default', gatewayPaymentId: 'pay_123456', orders: ['6001', 'ord_123456'] },
  ],
});
const NESTED = JSON.stringify({ to: 'asha@shop.example' }).replace('@', '\\u0040');

describe('a person is found in a message', () => {
  it.each<readonly [string, SearchedMessage]>([
    ['by the address in any case', at({ a: [{ b: 'ASHA@Shop.example' }] })],
    ['by the address in an escape', at('{"a":"asha\\u0040shop.example"}')],
    ['by the address in JSON in a text', at({ note: NESTED })],
    ['by the address in a URL', at({ url: 'https://shop.example/?to=asha%40shop.example' })],
    ['by the address in a name', at({ 'asha@shop.example': 1 })],
    ['by the address in a form', at('a=1&to=asha%40shop.example')],
    ['by the address in what is neither', at('hello <asha@shop.example>')],
    ['by the address in JSON that was cut off', at('{"a":"asha\\u0040shop.example","b":"and th')],
    ['by the address in a header', at({}, [['X-Customer', 'Asha <asha@shop.example>']])],
    [
      'by the address in the URL of a header',
      at({}, [['Referer', 'https://x.example/?e=asha%40shop.example']]),
    ],
    ['by the phone as a number', at({ phone: 919876512345 })],
    ['by the phone in another spelling', at({ phone: '098765 12345' })],
    ['by the phone in a form', at('phone=%2B91+98765+12345')],
    ['by the customer id', at({ customer: 'cus_asha1' })],
    ['by the payment', at({ data: { object: { payment: 'pay_123456' } } })],
    ['by the order', at({ notes: { receipt: 'ord_123456' } })],
    ['by a short order id in a field that says so', at({ order_id: '6001' })],
    ['by a short order id that is a number', at({ orderId: 6001 })],
    ['by the payment in a text', at({ text: 'see https://acme.example/pay_123456?x' })],
    ['by the payment in what was cut off', at('{"payment":"pay_123456","na')],
  ])('%s', (_, message) => expect(asha.isIn(message)).toBe(true));

  it.each<readonly [string, SearchedMessage]>([
    ['of somebody else', at({ email: 'not.asha@shop.example', phone: '+919876512346', id: 'cus_asha12' })],
    ['with an amount like a short order id', at({ amount: 6001, order_note: '60010' })],
    ['of another gateway with such an order', { ...at({ order: 'ord_123456' }), gateway: 'other' }],
    ['of another account with such a payment', { ...at({ payment: 'pay_123456' }), account: 'shop2' }],
    ['with a longer id', at({ payment: 'pay_1234567' })],
  ])('and not in one %s', (_, message) => expect(asha.isIn(message)).toBe(false));

  it('looks closer where the person may be, and nowhere else', () => {
    expect(asha.mayBeIn(Buffer.from('{"a":"ASHA@shop.example"}'), [])).toBe(true);
    expect(asha.mayBeIn(Buffer.from('{"a":"asha\\u0040shop.example"}'), [])).toBe(true);
    expect(asha.mayBeIn(Buffer.from('a=asha%40shop.example'), [])).toBe(true);
    expect(asha.mayBeIn(Buffer.from('{}'), [['X', '+91 98765 12345']])).toBe(true);
    expect(asha.mayBeIn(Buffer.from('{"a":"ravi@shop.example","n":9876512346}'), [])).toBe(false);
  });
});

describe('what may be the name of a payment', () => {
  it('is every id, and short ones where the field says so', () => {
    const names = extractPossibleNames(
      at({ id: 'evt_123456', payment: 'p1', amount: 42, to: 'x y_1234567' }),
    );
    expect(names).toEqual(expect.arrayContaining(['evt_123456', 'p1', 'y_1234567']));
    expect(names).not.toContain('42');
  });

  it('is bounded', () => {
    const many = Array.from({ length: 5_000 }, (_, nth) => `id_${nth + 1_000_000}`);
    expect(extractPossibleNames(at(many))).toHaveLength(1_000);
  });
});

describe('hostile bodies', () => {
  const depth = (levels: number): string => '['.repeat(levels) + '"x"' + ']'.repeat(levels);

  it.each([
    ['deep', depth(200_000)],
    ['wide', JSON.stringify(Array.from({ length: 200_000 }, () => [1]))],
    ['of digits and blanks', JSON.stringify({ a: '9 '.repeat(300_000) })],
    ['of one long word', JSON.stringify({ a: 'a.'.repeat(300_000) })],
    ['of escapes', `{"a":"${'\\u0040'.repeat(100_000)}"}`],
    ['of broken percent signs', `a=${'%c3'.repeat(200_000)}`],
  ])('%s are looked through', (_, body) => expect(asha.isIn(at(body))).toBe(false));
});
