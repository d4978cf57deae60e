import { expect, it } from '@jest/globals';
import { effectiveCaptured } from './effective-captured.js';

it.each([
  ['nothing told, not succeeded', 'processing', '1000', null, '0'],
  ['nothing told, authorized', 'authorized', '1000', null, '0'],
  ['nothing told, succeeded', 'succeeded', '1000', null, '1000'],
  ['nothing told and no amount', 'succeeded', null, null, '0'],
  ['a partial capture', 'succeeded', '1000', '400', '400'],
  ['a capture of nothing', 'succeeded', '1000', '0', '0'],
  ['a capture of more than the amount', 'succeeded', '1000', '1200', '1200'],
  ['reversed: what is left is told', 'failed', '1000', '0', '0'],
  ['a capture told before the payment succeeded', 'authorized', '1000', '1000', '1000'],
] as const)('captured is seen with %s', (_case, state, amount, amountCaptured, captured) => {
  expect(effectiveCaptured({ state, amount, amountCaptured })).toBe(captured);
});
