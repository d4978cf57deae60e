import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type StoryEvent } from '../../src/simulator/gateway-simulator.js';
import { shuffle } from '../../src/simulator/tampering.js';
import { SIMULATORS } from '../../src/simulator/simulators.js';
import { supportsStory, type StoryName, STORY_NAMES } from '../../src/simulator/stories.js';
import {
  comparable,
  deliver,
  fixture,
  freshId,
  paymentOf,
  signed,
  signedStep,
  SIGNING,
  type SigningGateway,
  story,
} from '../support/requests.js';
import { type Json, startTestApp, type TestApp } from '../support/test-app.js';
import { createTestDatabase } from '../support/test-database.js';

/** What a payment of 10000 shows at the end, whichever gateway told of it. */
const ENDS: Record<StoryName, Json> = {
  success: {
    status: 'succeeded',
    state: 'succeeded',
    amountCaptured: '10000',
    amountRefunded: '0',
    amountDisputed: '0',
  },
  failure: { status: 'failed', state: 'failed', failure: { code: 'insufficient_funds' } },
  'failure-then-recovery': { status: 'succeeded', state: 'succeeded', amountCaptured: '10000' },
  'authorize-capture': { status: 'succeeded', state: 'succeeded', amountCaptured: '10000' },
  'partial-refunds': { status: 'partially_refunded', state: 'succeeded', amountRefunded: '4000' },
  'full-refund': { status: 'refunded', state: 'succeeded', amountRefunded: '10000' },
  'dispute-won': { status: 'succeeded', state: 'succeeded', amountDisputed: '0' },
  'dispute-lost': { status: 'disputed', state: 'succeeded', amountDisputed: '10000' },
  canceled: { status: 'canceled', state: 'canceled' },
};

const TOLD: [SigningGateway, StoryName][] = SIGNING.flatMap((gateway) =>
  STORY_NAMES.filter((name) => supportsStory(name, SIMULATORS.get(gateway)?.steps ?? [])).map(
    (name): [SigningGateway, StoryName] => [gateway, name],
  ),
);

let app: TestApp;
beforeAll(async () => {
  app = await startTestApp();
});
afterAll(() => app.close());

async function tell(to: TestApp, gateway: SigningGateway, steps: readonly StoryEvent[]): Promise<void> {
  for (const told of steps)
    expect((await deliver(to, signedStep(gateway, told))).json.status).toBe('accepted');
  await to.quiet();
}

describe('a life cycle, from its first message to its last, failed and canceled ones too (pain 18)', () => {
  it.each(TOLD)('%s: %s', async (gateway, name) => {
    const steps = story(gateway, name);
    await tell(app, gateway, steps);
    const payment = await paymentOf(app, steps[0]?.paymentId ?? '');
    expect(payment).toMatchObject({
      ...ENDS[name],
      amount: '10000',
      orderId: steps[0]?.orderId,
      gateway,
      mode: 'live',
    });
    expect(payment.timeline.map(({ eventId, outcome, late }: Json) => [eventId, outcome, late])).toEqual(
      steps.map(({ eventId }) => [eventId, 'applied', false]),
    );
    expect(payment.createdAt <= payment.timeline[0].occurredAt).toBe(true);
  });
});

describe('pain 3: in whatever order it arrives, a story ends the same', () => {
  it.each(TOLD)('%s: %s', async (gateway, name) => {
    const steps = story(gateway, name);
    await tell(app, gateway, steps);
    const told = comparable(await paymentOf(app, steps[0]?.paymentId ?? ''));
    const orders = [[...steps].reverse(), shuffle(steps, 7), shuffle(steps, 42)];
    for (const [at, order] of orders.entries()) {
      // The same payment with the same ids, told to an account of its own.
      const other = await others[at]?.();
      if (!other) throw new Error('no app');
      await tell(other, gateway, order);
      expect(comparable(await paymentOf(other, steps[0]?.paymentId ?? ''))).toEqual(told);
    }
  });

  const opened: (TestApp | undefined)[] = [];
  const others = [0, 1, 2].map((at) => async () => (opened[at] ??= await startTestApp()));
  afterAll(async () => {
    for (const other of opened) await other?.close();
  });
});

describe('what gateways document', () => {
  it('the example of the plain payment body, word for word', async () => {
    const heard = await deliver(app, signed('standard', fixture('standard/payment.updated')));
    expect(heard.json.status).toBe('accepted');
    await app.quiet();
    expect(await paymentOf(app, 'pay_1234567890')).toMatchObject({
      status: 'succeeded',
      amount: '10000',
      amountCaptured: '10000',
      currency: 'USD',
      orderId: 'ord_0987654321',
      createdAt: '2024-06-26T11:08:07.000Z',
    });
  });

  it.each([
    ['payment.captured', 'succeeded', 'succeeded'],
    ['payment.authorized', 'authorized', 'authorized'],
    ['payment.failed', 'failed', 'failed'],
    ['refund.processed', 'refund_succeeded', null],
    ['payment.dispute.created', 'dispute_opened', null],
  ])('the example of Razorpay of %s', async (name, kind, state) => {
    const one = await startTestApp();
    const body = fixture(`razorpay/${name}`);
    expect((await deliver(one, signed('razorpay', body))).json.status).toBe('accepted');
    await one.quiet();
    const entity = JSON.parse(body.toString()).payload.payment.entity;
    const payment = await paymentOf(one, entity.id);
    expect(payment).toMatchObject({
      currency: 'INR',
      amount: String(entity.amount),
      gatewayOrderId: entity.order_id,
    });
    if (state !== null) expect(payment.state).toBe(state);
    expect(payment.timeline).toMatchObject([{ type: name, kind, outcome: 'applied' }]);
    await one.close();
  });
});

describe('what is rare and must not be lost', () => {
  it('pain 4: a failure that comes late does not downgrade what was paid', async () => {
    const [, failed, paid] = story('stripe', 'failure-then-recovery');
    await tell(app, 'stripe', [paid, failed] as StoryEvent[]);
    const { status, timeline } = await paymentOf(app, paid?.paymentId ?? '');
    expect(status).toBe('succeeded');
    expect(timeline).toMatchObject([
      { kind: 'failed', outcome: 'applied', late: true },
      { kind: 'succeeded', outcome: 'applied', late: false },
    ]);
    const after = {
      ...(failed as StoryEvent),
      occurredAt: new Date((paid as StoryEvent).occurredAt.getTime() + 5000),
      eventId: freshId('evt'),
    };
    await tell(app, 'stripe', [after]);
    const later = await paymentOf(app, after.paymentId);
    expect(later.status).toBe('succeeded');
    expect(later.timeline.at(-1)).toMatchObject({ kind: 'failed', outcome: 'refused' });
  });

  it('a late authorisation of Razorpay follows its failure', async () => {
    const [failed] = story('razorpay', 'failure') as [StoryEvent];
    const authorized: StoryEvent = {
      ...failed,
      kind: 'authorized',
      eventId: freshId('evt'),
      occurredAt: new Date(),
    };
    await tell(app, 'razorpay', [failed, authorized]);
    const payment = await paymentOf(app, failed.paymentId);
    expect(payment).toMatchObject({ status: 'authorized', state: 'authorized' });
    expect(payment.timeline).toMatchObject([{ outcome: 'applied' }, { outcome: 'applied' }]);
  });

  it('several payments of one order stand side by side', async () => {
    const orderId = freshId('ord');
    const [first, second] = [
      story('razorpay', 'failure', { orderId }),
      story('razorpay', 'success', { orderId }),
    ];
    await tell(app, 'razorpay', [...first, ...second]);
    const { items } = await app.get(`/payments?orderId=${orderId}`);
    expect(items.map(({ status }: Json) => status).sort()).toEqual(['failed', 'succeeded']);
  });

  it('pain 9: a restart in the middle loses nothing', async () => {
    const database = await createTestDatabase();
    const stories = SIGNING.map((gateway) => [gateway, story(gateway, 'failure-then-recovery')] as const);
    for (const steps of [0, 1, 2]) {
      const one = await startTestApp({ databaseUrl: database.url });
      for (const [gateway, told] of stories) {
        const step = told[steps];
        if (step) expect((await deliver(one, signedStep(gateway, step))).status).toBe(200);
      }
      await one.close();
    }
    const last = await startTestApp({ databaseUrl: database.url });
    await last.quiet();
    for (const [, told] of stories) {
      const payment = await paymentOf(last, told[0]?.paymentId ?? '');
      expect(payment).toMatchObject({ status: 'succeeded' });
      expect(payment.timeline).toHaveLength(told.length);
    }
    await last.close();
    await database.drop();
  });
});
