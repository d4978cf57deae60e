import { type Choices } from './choices.js';
import { KEYS, NUMBER_TEXTS } from './hostile-values.js';

type Mutation = (raw: Buffer, choices: Choices) => Buffer;

const splice = (raw: Buffer, at: number, removed: number, added: Uint8Array): Buffer =>
  Buffer.concat([raw.subarray(0, at), added, raw.subarray(at + removed)]);

const insertOneOf =
  (...pieces: readonly (string | readonly number[])[]): Mutation =>
  (raw, choices) => {
    const piece = choices.pick(pieces);
    const added = typeof piece === 'string' ? Buffer.from(piece) : Buffer.from([...piece]);
    return splice(raw, choices.integerBelow(raw.length + 1), 0, added);
  };

/** Replaces one match of the pattern, if there is one. */
const replaceOne =
  (pattern: RegExp, text: (choices: Choices, found: string) => string): Mutation =>
  (raw, choices) => {
    const found = [...raw.toString('latin1').matchAll(pattern)];
    if (found.length === 0) return raw;
    const match = choices.pick(found);
    return splice(raw, match.index, match[0].length, Buffer.from(text(choices, match[0])));
  };

/** Bytes that no JSON writer produces, but that a network, a proxy or an attacker might. */
const MUTATIONS: readonly Mutation[] = [
  (raw, choices) => raw.subarray(0, choices.integerBelow(raw.length + 1)),
  (raw, choices) => {
    const flipped = Buffer.from(raw);
    const at = choices.integerBelow(raw.length);
    if (raw.length > 0) flipped[at] = (raw[at] as number) ^ (1 << choices.integerBelow(8));
    return flipped;
  },
  insertOneOf([0], [0xff], [0xc3], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xc0, 0xaf]),
  insertOneOf('\\ud800', '\\u0000', '\\', '"', '{', '}', '[', ']', ',', ':', '/**/', ' '.repeat(1_000)),
  (raw) => Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), raw]),
  (raw) => Buffer.concat([raw, raw]),
  (raw) => Buffer.from(raw.toString('utf8'), 'utf16le'),
  (raw, choices) => Buffer.concat([raw, Buffer.alloc(choices.pick([1, 5_000, 200_000]), ' ')]),
  (_, choices) => Buffer.from('['.repeat(choices.pick([64, 65, 100_000]))),
  replaceOne(/(?<=:\s?)-?\d+(?:\.\d+)?/g, (choices) => choices.pick(NUMBER_TEXTS)),
  // A duplicate key. Readers disagree about which one counts.
  replaceOne(/"\w+":/g, (_, key) => `${key} "first", ${key}`),
  replaceOne(/"\w+":/g, (choices) => `"${choices.pick(KEYS)}":`),
];

export const mutateBytes: Mutation = (raw, choices) => choices.pick(MUTATIONS)(raw, choices);
