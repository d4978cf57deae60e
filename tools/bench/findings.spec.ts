import { expect, it } from '@jest/globals';
import { type Finding, inOrder, numberOf } from './findings.js';

const finding = (question: number, part?: string): Finding => ({
  question,
  part,
  what: '',
  unit: '',
  figures: [],
});

it('findings stand by question and part', () => {
  const found = [finding(11), finding(4, 'c'), finding(4), finding(1), finding(4, 'b')];
  expect(inOrder(found).map(numberOf)).toEqual(['1', '4', '4b', '4c', '11']);
});
