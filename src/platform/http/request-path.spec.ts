import { describe, expect, it } from '@jest/globals';
import { canonicalUrl, isHealthUrl } from './request-path.js';

describe('the URL that routes are found by', () => {
  it.each([
    ['/webhooks/stripe', '/webhooks/stripe'],
    ['/WEBHOOKS/Stripe', '/webhooks/stripe'],
    ['/webhooks/stripe/', '/webhooks/stripe'],
    ['//webhooks///stripe//shop2//', '/webhooks/stripe/shop2'],
    ['/Webhooks/IPPOPAY/ToKen_aB/?Q=/A/', '/webhooks/ippopay/ToKen_aB?Q=/A/'],
    ['/webhooks/stripe?a=//b', '/webhooks/stripe?a=//b'],
    ['http://host:1/WEBHOOKS/stripe/', '/webhooks/stripe'],
    ['/webhooks/stripe/%zz', '/webhooks'],
    ['/webhooks/', '/webhooks'],
    ['/Payments//x/', '/Payments//x/'],
    ['/webhooksx/stripe/', '/webhooksx/stripe/'],
    ['*', '*'],
    ['', ''],
  ])('%s → %s', (url, expected) => {
    expect(canonicalUrl(url)).toBe(expected);
  });

  it.each([
    ['/health/ready', true],
    ['/Health/LIVE/?x=1', true],
    ['/health', false],
    ['/health/ready/x', false],
    ['/nope?/health/ready', false],
  ])('%s is health: %s', (url, expected) => {
    expect(isHealthUrl(url)).toBe(expected);
  });
});
