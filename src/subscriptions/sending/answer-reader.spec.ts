import { expect, it } from '@jest/globals';
import type { IncomingMessage } from 'node:http';
import { AnswerReader } from './answer-reader.js';

const head = { statusCode: 200, headers: {} } as IncomingMessage;
const CHUNK = Buffer.alloc(64 * 1024, 'x');

it('reads 32 MB of all answers together at the most, and goes on when they were taken', () => {
  const read = { total: 0 };
  const readers = Array.from({ length: 512 }, () => new AnswerReader(head, read));
  expect(readers.every((reader) => reader.add(CHUNK))).toBe(true);
  const late = new AnswerReader(head, read);
  expect(late.add(Buffer.from('x'))).toBe(false);
  expect(late.answered()).toMatchObject({ status: 200, answer: 'x' });
  for (const reader of [...readers, late, late]) reader.forget();
  expect(late.add(CHUNK)).toBe(false);
  expect(read.total).toBe(0);
  expect(new AnswerReader(head, read).add(CHUNK)).toBe(true);
});
