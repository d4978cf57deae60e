import { describe, expect, it } from '@jest/globals';
import { verifierOf } from '../webhooks/gateways/verifier.js';
import { createEvidence } from '../webhooks/gateways/evidence.js';
import { gateways } from '../webhooks/gateways/index.js';
import { interpretMessage } from '../webhooks/message/interpret-message.js';
import { alterBody, forge, shuffle, signInThePast } from './tampering.js';
import { createStorySubject } from './player.js';
import { parseSimulateArguments, urlOfService, UsageError } from './simulate-arguments.js';
import { SIMULATORS } from './simulators.js';
import { supportsStory, STORIES, STORY_NAMES, buildStory } from './stories.js';

const start = new Date('2026-11-23T11:00:00Z');
const now = new Date('2026-11-23T12:00:00Z');
const secret = `whsec_${Buffer.alloc(24, 5).toString('base64')}`;
const SIGNING = gateways.filter(({ tokenInPath }) => !tokenInPath);

const tellable = SIGNING.flatMap((gateway) =>
  STORY_NAMES.filter((story) => supportsStory(story, SIMULATORS.get(gateway.name)?.steps ?? [])).map(
    (story) => [gateway.name, story, gateway] as const,
  ),
);

describe('a story', () => {
  it.each(tellable)('of %s, %s, is verified and understood', (name, story, gateway) => {
    const simulator = SIMULATORS.get(name)!;
    const steps = buildStory(simulator, story, createStorySubject(name, 's1', start));
    for (const told of steps) {
      const { headers, body, path } = simulator.sign(simulator.body(told), {
        secret,
        now,
        eventId: told.eventId,
      });
      const verdict = verifierOf(gateway).verify(
        createEvidence({ raw: body, headers, url: path, secrets: [secret], now }),
      );
      expect(verdict).toEqual({ ok: true, secret: 0 });
      const message = { raw: body, body: JSON.parse(body.toString()) as unknown, headers, receivedAt: now };
      const { content: says } = interpretMessage(gateway, {
        ...message,
        settings: {},
        provenance: 'received',
        mode: 'live',
      });
      expect(says).toMatchObject({
        kind: 'reports',
        reports: [{ kind: told.kind, gatewayPaymentId: told.paymentId, occurredAt: told.occurredAt }],
      });
    }
  });

  it('comes to something with every gateway', () => {
    const told = [...SIMULATORS.values()].map(
      ({ steps }) => STORY_NAMES.filter((story) => supportsStory(story, steps)).length,
    );
    expect(told).toEqual([9, 8, 4, 7]);
  });

  it('adds its refunds up', () => {
    const refunds = STORIES['partial-refunds'](createStorySubject('stripe', 's1', start)).filter(
      (told) => told.refundId,
    );
    expect(refunds.map((told) => [told.kind, told.refundAmount, told.refundedTotal])).toEqual([
      ['refund_created', '2500', '2500'],
      ['refund_succeeded', '2500', '2500'],
      ['refund_created', '1500', '4000'],
      ['refund_succeeded', '1500', '4000'],
    ]);
  });

  it('is not told where its end cannot be', () => {
    const standard = SIMULATORS.get('standard')!;
    expect(() => buildStory(standard, 'dispute-won', createStorySubject('standard', 's1', start))).toThrow(
      RangeError,
    );
  });
});

describe('misbehaviour, on purpose (pain 24)', () => {
  const verdicts = SIGNING.map((gateway) => {
    const simulator = SIMULATORS.get(gateway.name)!;
    const told = buildStory(simulator, 'success', createStorySubject(gateway.name, 's1', start))[0]!;
    const body = simulator.body(told);
    const options = { secret, now, eventId: told.eventId };
    const reasonOf = ({ headers, body: raw, path: url }: ReturnType<typeof simulator.sign>) =>
      verifierOf(gateway).verify(createEvidence({ raw, headers, url, secrets: [secret], now }));
    return { name: gateway.name, simulator, body, options, reasonOf };
  });

  it.each(verdicts)('of $name is refused', ({ name, simulator, body, options, reasonOf }) => {
    expect(reasonOf(forge(simulator, body, options))).toEqual({ ok: false, reason: 'no_secret_matches' });
    expect(reasonOf(alterBody(simulator.sign(body, options)))).toEqual({
      ok: false,
      reason: 'no_secret_matches',
    });
    const late = reasonOf(signInThePast(simulator, body, options));
    expect(late).toEqual(name === 'razorpay' ? { ok: true, secret: 0 } : { ok: false, reason: 'too_old' });
  });

  it('shuffles the same way for the same seed, and loses nothing', () => {
    const items = Array.from({ length: 50 }, (_, index) => index);
    expect(shuffle(items, 7)).toEqual(shuffle(items, 7));
    expect(shuffle(items, 7)).not.toEqual(shuffle(items, 8));
    expect(shuffle(items, 7).sort((a, b) => a - b)).toEqual(items);
  });
});

describe('the arguments of simulate', () => {
  it('have defaults', () => {
    const { simulator, ...rest } = parseSimulateArguments(['stripe', 'success']);
    expect(simulator.gateway).toBe('stripe');
    expect(rest).toEqual({
      story: 'success',
      count: 1,
      rate: null,
      url: 'http://127.0.0.1:3000',
      account: 'default',
      secret: null,
      customer: null,
    });
  });

  it.each([
    [],
    ['paypal', 'success'],
    ['stripe', 'toString'],
    ['standard', 'dispute-won'],
    ['stripe', 'success', 'failure'],
    ['stripe', 'success', '--count', '0'],
    ['stripe', 'success', '--count', '1.5'],
    ['stripe', 'success', '--rate', 'fast'],
    ['stripe', 'success', '--url', 'ftp://x'],
    ['stripe', 'success', '--nonsense'],
  ])('%j %j %j are refused in words', (...args) => {
    expect(() => parseSimulateArguments(args.filter((each) => each !== undefined))).toThrow(UsageError);
  });

  it.each([
    ['127.0.0.1', 4000, 'http://127.0.0.1:4000'],
    ['0.0.0.0', 3000, 'http://127.0.0.1:3000'],
    ['::', 3000, 'http://[::1]:3000'],
    ['fd00::1', 3000, 'http://[fd00::1]:3000'],
    ['shop.internal', 80, 'http://shop.internal:80'],
  ])('a service on %s, port %i is at %s', (host, port, url) => expect(urlOfService(host, port)).toBe(url));

  it('a service on any free port is nowhere that could be known', () => {
    expect(() => urlOfService('127.0.0.1', 0)).toThrow(UsageError);
  });
});
