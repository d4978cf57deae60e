import { describe, expect, it } from '@jest/globals';
import { mentionMatcher } from './data-subject.js';

describe('mentionMatcher', () => {
  it.each([
    ['asha@shop.example', 'Asha@Shop.Example'],
    ['asha@shop.example', 'Receipt for <asha@shop.example>.'],
    ['+919876543210', '91 98765 43210'],
    ['+919876543210', 'call +919876543210 now'],
    ['+919876543210', 'call 0091 (0) 98765-43210 now'],
    ['098765 43210', 'contact: +919876543210'],
    ['cus_12345', 'customer:cus_12345;'],
  ])('finds %s in "%s"', (identifier, text) => expect(mentionMatcher(identifier)(text)).toBe(true));

  it.each([
    ['asha@shop.example', 'not.asha@shop.example'],
    ['asha@shop.example', 'asha@shop.example.org'],
    ['+919876543210', '9198765432109'],
    ['+919876543210', '+44 98765 43210'],
    ['cus_12345', 'cus_123456'],
    ['cus_abcde', 'cus_ABCDE'],
    ['42', '42'],
  ])('does not find %s in "%s"', (identifier, text) => expect(mentionMatcher(identifier)(text)).toBe(false));
});
