import { describe, expect, it } from '@jest/globals';
import { extractTexts } from './payload-text.js';

describe('textsIn', () => {
  it.each([
    ['JSON', '{"data":{"phone":919876543210,"list":[{"email":"asha\\u0040shop.example"}]}}'],
    ['a form', 'phone=919876543210&email=asha%40shop.example'],
  ])('reads values as they are meant, of %s', (_, body) => {
    expect(extractTexts(Buffer.from(body))).toEqual(
      expect.arrayContaining(['email', 'asha@shop.example', '919876543210']),
    );
  });
});
