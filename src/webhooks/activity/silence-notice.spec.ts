import { describe, expect, it } from '@jest/globals';
import { REFUSAL_REASONS } from '../refusals/refusal-problems.js';
import { type SilenceFacts, silenceNotice } from './silence-notice.js';

const facts = (changes: Partial<SilenceFacts> = {}): SilenceFacts => ({
  gateway: 'acme',
  account: 'default',
  since: new Date('2026-11-26T03:00:00Z'),
  now: new Date('2026-11-26T14:00:00Z'),
  refusals: [],
  endpoint: null,
  path: '/webhooks/acme',
  ...changes,
});
const points = (changes: Partial<SilenceFacts>): readonly string[] => silenceNotice(facts(changes)).points;

describe('the mail about a silence', () => {
  it('says who, since when and for how long', () => {
    const { subject, paragraphs } = silenceNotice(facts({ account: 'shop2' }));
    expect(subject).toBe('Payhook hears nothing from acme, account shop2');
    expect(paragraphs[0]).toContain('acme, account shop2 came 11 hours ago, on 2026-11-26 03:00 UTC');
  });

  it.each([
    ['2026-11-26T03:00:30Z', '1 minute ago'],
    ['2026-11-26T04:59:00Z', '119 minutes ago'],
    ['2026-11-28T02:59:00Z', '47 hours ago'],
    ['2026-11-28T03:00:00Z', '2 days ago'],
  ])('at %s: %s', (now, words) => {
    expect(silenceNotice(facts({ now: new Date(now) })).paragraphs[0]).toContain(words);
  });

  it('names a disabled endpoint, missing events and refusals, and then nothing else', () => {
    const refusals = [
      { finding: 'no_secret_matches', count: 12 },
      { finding: 'too_large', count: 1 },
    ];
    expect(points({ endpoint: { enabled: false, missingEvents: ['a'] }, refusals })).toEqual([
      'acme says that the endpoint is disabled. Enable it there.',
      '12 requests since then had a signature that none of the configured secrets matches: was the secret changed at the gateway?',
      '1 request since then had a body of more than 1 MiB.',
    ]);
    const many = Array.from({ length: 12 }, (_, at) => `e.${at}`);
    expect(points({ endpoint: { enabled: true, missingEvents: many } })[0]).toMatch(/e\.9 and 2 more\.$/);
  });

  it('without a cause says what to look at, and invents none', () => {
    expect(points({})[0]).toBe(
      'Is the endpoint still enabled at acme, with a URL that ends in /webhooks/acme?',
    );
    expect(points({ endpoint: { enabled: true, missingEvents: [] } })).toHaveLength(2);
  });

  it('has words for every reason that a request to a known gateway is refused for', () => {
    const reasons = REFUSAL_REASONS.filter((reason) => !['unknown_gateway', 'bad_key'].includes(reason));
    const unworded = [...reasons, 'altered_body', 'secret_of_another_account'].filter((finding) =>
      points({ refusals: [{ finding, count: 2 }] })[0]?.includes('('),
    );
    expect(unworded).toEqual([]);
  });
});
