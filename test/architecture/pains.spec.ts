import { describe, expect, it } from '@jest/globals';
import { testTitles } from './test-titles.js';

/**
 * What users of other webhook receivers suffer, and the test here that shows it does not happen: the file, and words
 * of a title in it that names the pain by its number. One test for each, of those that there are.
 */
const PAINS: readonly (readonly [pain: number, what: string, file: string, title: string])[] = [
  [1, 'The body is parsed before its signature is checked', 'bad-input', 'one byte more, less or other'],
  [2, 'A duplicate moves the money twice', 'webhook-duplicates', 'with one effect'],
  [3, 'What comes late overwrites what is newer', 'convergence', 'in fifty orders'],
  [4, 'A late failure takes a paid order back', 'life-cycles', 'does not downgrade what was paid'],
  [
    5,
    'What comes before the thing it is about is lost',
    'conformance',
    'dependent event before its prerequisite',
  ],
  [6, 'Marked as done before it was done', 'conformance-crash', 'acknowledged and not yet worked on'],
  [7, 'Looked up first, written later', 'webhook-duplicates', '49 duplicates and one effect'],
  [8, 'Two that wait for each other', 'convergence', 'in the way of another'],
  [
    9,
    'What came while the service was down is missing',
    'conformance-connections',
    'refused connection then retry',
  ],
  [10, 'Acknowledged as good, and not understood', 'webhook-answers', 'parked, and shown'],
  [11, 'What is not for us is answered with an error', 'webhook-answers', 'says nothing of a payment'],
  [12, 'Slow work makes the sender give up', 'domain-events-handlers', 'no acknowledgement'],
  [13, 'One secret only', 'webhook-answers', 'while it is rotated'],
  [14, 'One account only', 'webhook-answers', 'accounts have secrets, keys and payments'],
  [15, 'Storage that grows without end', 'retention', 'does not grow without bound'],
  [16, 'Failing without a sound', 'read-api', 'metrics have what came'],
  [17, 'No second try, or one that does nothing', 'webhook-duplicates', 'is parked is taken up again'],
  [18, 'Failed and canceled payments stay open', 'life-cycles', 'failed and canceled ones too'],
  [
    19,
    'Told twice, wrongly, or not at all that a payment failed',
    'convergence-alerts',
    'in every order of its reports',
  ],
  [20, 'A time window that holds one way, or breaks retries', 'webhook-refusals', 'holds both ways'],
  [
    21,
    'A new version of the API, and fields are empty',
    'stripe.versions',
    'the oldest and the newest version',
  ],
  [22, 'Another currency or amount is taken for the payment', 'projection', 'refuses another currency'],
  [
    23,
    'A queue beside the database, that loses or freezes',
    'conformance-crash',
    'acknowledged and not yet worked on',
  ],
  [24, 'No way to try it out: signing, repeating, reordering', 'stories', 'misbehaviour, on purpose'],
  [25, 'Test and live in one, small bodies, secrets in the logs', 'conformance-crash', 'canaries'],
];

const titles = testTitles();
const names = (title: string): number[] =>
  [...title.matchAll(/\bpain (\d+)/g)].map(([, pain]) => Number(pain));

describe('the pains of others', () => {
  it.each(PAINS)('%i: %s', (pain, _what, file, words) => {
    const proofs = titles.filter(
      (test) =>
        new RegExp(`/${file.replace('.', '\\.')}\\.(e2e-)?spec\\.ts$`).test(test.file) &&
        test.title.includes(words) &&
        names(test.title).includes(pain),
    );
    expect(proofs).toHaveLength(1);
  });

  it('are twenty-five', () => {
    const listed = PAINS.map(([pain]) => pain).sort((a, b) => a - b);
    expect(listed).toEqual(Array.from({ length: 25 }, (_, at) => at + 1));
  });

  it('are all that titles name', () => {
    const unknown = titles.filter(({ title }) => names(title).some((pain) => pain < 1 || pain > 25));
    expect(unknown).toEqual([]);
  });
});
