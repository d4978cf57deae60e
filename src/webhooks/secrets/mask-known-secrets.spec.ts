import { describe, expect, it } from '@jest/globals';
import type { GatewayAccount } from '../../platform/config/env.js';
import { knownSecretsOf, maskKnownSecrets } from './mask-known-secrets.js';

const settings = {
  KEY: { kind: 'text', secret: true },
  SHORT: { kind: 'text', secret: true },
  NAME: { kind: 'text' },
  UNSET: { kind: 'text', secret: true },
} as const;
const account: GatewayAccount = {
  gateway: 'acme',
  account: 'default',
  secrets: ['newest', 'older'],
  mode: 'live',
  settings: { KEY: 'a-key-of-the-api', SHORT: 'abc', NAME: 'shown-as-it-is', FOREIGN: 'of-no-rule-at-all' },
};

describe('what is known to be secret of an account', () => {
  it('is its secrets and the settings that are declared secret', () => {
    expect(knownSecretsOf({ settings }, account)).toEqual(['newest', 'older', 'a-key-of-the-api']);
    expect(maskKnownSecrets('newest, a-key-of-the-api', knownSecretsOf({ settings }, account))).toBe(
      '***, ***',
    );
    expect(knownSecretsOf({}, { ...account })).toEqual(['newest', 'older']);
  });
});
