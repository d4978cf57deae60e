import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import { Webhook } from 'standardwebhooks';
import type { GatewaySimulator, StoryEvent } from '../../src/simulator/gateway-simulator.js';
import { createStorySubject } from '../../src/simulator/player.js';
import { SIMULATORS } from '../../src/simulator/simulators.js';
import { buildStory, type StoryName } from '../../src/simulator/stories.js';
import { compareAccount, deriveExpectedAccount, type SeenAccount } from '../../tools/chaos/account-oracle.js';
import type { Judgement } from '../../tools/chaos/judgement.js';
import { compareMessages, judgeTaken, type ListedMessage } from '../../tools/chaos/message-oracle.js';
import { INVARIANT_VIOLATIONS } from '../../tools/chaos/oracle.js';
import type { ListedEvent } from '../../tools/chaos/event-list.js';
import { HABITS, type Habit } from '../../tools/chaos/subscriber-habits.js';
import { compareSubscriber } from '../../tools/chaos/subscriber-oracle.js';
import { type Arrival, ChaosSubscriber, ChaosSubscribers } from '../../tools/chaos/subscribers.js';
import { compareOrder, type SeenOrder } from '../../tools/chaos/order-oracle.js';
import type { OrderPlan } from '../../tools/chaos/order-plan.js';
import { type Json } from '../support/test-app.js';
import { createTestDatabase, type TestDatabase } from '../support/test-database.js';

let database: TestDatabase;
let db: pg.Client;
beforeAll(async () => {
  database = await createTestDatabase();
  db = new pg.Client(database.url);
  await db.connect();
});
afterAll(async () => {
  await db.end();
  await database.drop();
});

const id = (nth: number): string => `01890000-0000-7000-8000-${String(nth).padStart(12, '0')}`;
const AT = '2026-11-26T00:00:00Z';

/** A row of each table as the service may leave it; what is planted differs in what `changes` says. */
const ROWS: Readonly<Record<string, Json>> = {
  deliveries: {
    ...{
      id: id(1),
      gateway: 'stripe',
      account: 'default',
      key: 'evt_1',
      event_id: 'evt_1',
      status: 'processed',
    },
    ...{
      provenance: 'received',
      verdict: 'verified',
      attempts: 1,
      receipts: 1,
      replay: false,
      silent: false,
    },
    ...{ headers: [], received_at: AT, next_attempt_at: AT, more_errors: 0, partial: false },
  },
  payments: {
    ...{ id: id(2), gateway: 'stripe', account: 'default', gateway_payment_id: 'pi_1', mode: 'live' },
    ...{ status: 'failed', state: 'failed', amount_refunded: 0, amount_disputed: 0, amount_reversed: 0 },
    ...{ refunds: [], disputes: [], captures: [], fold: {}, published_failures: [], created_at: AT },
    ...{ updated_at: AT },
  },
  payment_reports: {
    ...{
      id: id(3),
      payment_id: id(2),
      delivery_id: id(1),
      key: 'k',
      event_id: 'evt_1',
      type: 't',
      kind: 'failed',
    },
    ...{ occurred_at: AT, received_at: AT, late: false, outcome: 'applied' },
    told: { failure: { attemptId: 'ch_1' } },
  },
  domain_events: {
    ...{ id: id(4), name: 'payment.created', subject_id: id(2), cause_id: id(3), silent: false, payload: {} },
    created_at: AT,
  },
  event_log: { position: 1, event_ids: [id(4)], sequences: [1], published_at: AT },
  handler_runs: { event_id: id(4), handler: 'h', status: 'done', attempts: 1, next_attempt_at: AT },
  notifications: {
    ...{ id: id(5), kind: 'payment_failed', payment_id: id(2), attempt_key: 'ch_1', gateway: 'stripe' },
    ...{
      account: 'default',
      order_key: 'o',
      channel: 'email',
      status: 'sent',
      occurred_at: AT,
      created_at: AT,
    },
    ...{ due_at: AT, attempts: 1, mode: 'live', merchant: '' },
  },
  orders: {
    ...{ id: id(30), order_id: 'ord_1', mode: 'live', merchant: '', registered: true, amount: 1000 },
    ...{ currency: 'USD', personal: false, status: 'open', flags: [], amount_paid: 0, amount_refunded: 0 },
    ...{ published: [], created_at: AT, updated_at: AT },
  },
  accounts: {
    ...{ id: id(40), mode: 'live', merchant: '', customer_id: 'cus_1', status: null, updated_at: AT },
  },
};

const insert = (table: string, changes: Json = {}): Promise<unknown> =>
  db.query(`INSERT INTO ${table} SELECT * FROM jsonb_populate_record(NULL::${table}, $1)`, [
    JSON.stringify({ ...ROWS[table], ...changes }),
  ]);

const openRevenue = (balance: number): Promise<unknown> =>
  insert('ledger_accounts', {
    ...{ id: 1, name: 'revenue', gateway: 'stripe', account: 'default', mode: 'live', merchant: '' },
    ...{ currency: 'USD', balance },
  });

/** One entry on an account of revenue. Its transaction is never checked: it is rolled back before. */
async function book(entryId: string, amount: number): Promise<void> {
  const { rowCount } = await db.query('SELECT FROM ledger_accounts');
  if (rowCount === 0) await openRevenue(0);
  await insert('ledger_entries', {
    ...{ id: entryId, transaction_id: entryId, ledger_account_id: 1, payment_id: id(2), amount },
    ...{ cause: 'payment.succeeded', cause_id: id(3), occurred_at: AT },
  });
}

/** Another order of 10.00 USD, with what differs. */
const order = (changes: Json = {}): Promise<unknown> =>
  insert('orders', { id: id(34), order_id: 'ord_2', ...changes });

/** Another event about the order, as if it had another cause. */
const orderEvent = (eventId: string, paymentId: string): Promise<unknown> =>
  insert('domain_events', {
    ...{ id: eventId, name: 'order.flagged', subject_id: id(30), cause_id: eventId },
    ...{ payload: { flag: 'paid_twice', paymentId } },
  });

/** An event about the account, as if it had another cause. */
const accountEvent = (eventId: string, name: string): Promise<unknown> =>
  insert('domain_events', { id: eventId, name: `account.${name}`, subject_id: id(41), cause_id: eventId });

/** What each assertion must find, beside a row of each table that is as it should be. */
const PLANTED: Readonly<Record<string, () => Promise<unknown>>> = {
  'work is dead': () => insert('deliveries', { id: id(11), key: 'evt_2', event_id: 'evt_2', status: 'dead' }),
  'a handler did not run': () => insert('handler_runs', { handler: 'other', status: 'pending' }),
  'a notification is dead': () =>
    insert('notifications', {
      id: id(12),
      kind: 'payment_received',
      attempt_key: 'received',
      status: 'dead',
    }),
  'nothing was made of a delivery': () =>
    insert('deliveries', { id: id(13), key: 'evt_3', event_id: 'evt_3' }),
  'an event was stored twice': () => insert('deliveries', { id: id(14), key: 'another', status: 'pending' }),
  'a report counts twice': () => insert('payment_reports', { id: id(15), key: 'another' }),
  'an event was published twice': () =>
    insert('domain_events', { id: id(16), name: 'payment.succeeded' }).then(() =>
      insert('domain_events', { id: id(17), name: 'payment.succeeded', cause_id: id(18) }),
    ),
  'an attempt was alerted twice': () => insert('notifications', { id: id(19), attempt_key: 'evt_1' }),
  'the books differ from a payment': () =>
    insert('payments', {
      ...{ id: id(20), gateway_payment_id: 'pi_2', status: 'succeeded', state: 'succeeded' },
      ...{ currency: 'USD', amount: 1000 },
    }),
  'a capture was booked twice': () => book(id(21), -5).then(() => book(id(22), -5)),
  'a transaction of the ledger does not sum to zero': () => book(id(23), 5),
  'a ledger balance is not the sum of its entries': () => openRevenue(1),
  'work of a feature is left': () =>
    insert('feature_work', {
      feature: 'orders',
      id: id(31),
      payment_ids: [id(2)],
      silent: false,
      attempts: 0,
    }),
  'an order is due and was not looked at': () => order({ due_at: AT }),
  "an order's amounts differ from its payments": () => order({ amount_paid: 1000, status: 'paid' }),
  "an order's status does not fit its money": () => order({ status: 'paid' }),
  'an event of an order was published twice': () =>
    orderEvent(id(32), id(2)).then(() => orderEvent(id(33), id(2))),
  'a grace is over and was not looked at': () =>
    insert('accounts', { id: id(43), customer_id: 'cus_2', grace_ends_at: AT }),
  'the last event of a customer account is not its status': () =>
    insert('accounts', { id: id(41), customer_id: 'cus_2', status: 'active' }).then(() =>
      accountEvent(id(44), 'past_due'),
    ),
  'a change of a customer account was told twice': () =>
    accountEvent(id(45), 'activated').then(() => accountEvent(id(46), 'activated')),
  'an event has no place in the log': () => accountEvent(id(47), 'activated'),
  'an event has two places in the log': () => insert('event_log', { position: 2 }),
  'the events of a subject are not counted in the order of the log': () =>
    db.query(`UPDATE event_log SET sequences = '{2}'`),
  'the positions of the log have a gap': () => insert('event_log', { position: 3 }),
};

const CUSTOMER = { id: 'cus_1' };

/** An order that is due what its payment told, expired long ago. */
function planOf(story: StoryName, changes: Partial<OrderPlan> = {}): OrderPlan {
  const subject = createStorySubject('stripe', 's', new Date(AT));
  const events = buildStory(SIMULATORS.get('stripe') as GatewaySimulator, story, subject);
  const { paymentId, orderId } = subject;
  const alerts = { least: 0, most: 0 };
  return {
    ...{ orderId, merchant: undefined, when: 'before', canceled: false },
    terms: { amount: '10000', currency: 'USD', customer: CUSTOMER, expiresAt: AT },
    payments: [
      { gateway: 'stripe', story, paymentId, events, sent: events, recoversAfterAlert: false, alerts },
    ],
    ...changes,
  };
}

describe('what the oracle looks for in an order', () => {
  const PAID: SeenOrder = {
    ...{ status: 'paid', flags: [], amountPaid: '10000', amountRefunded: '0' },
    events: { 'order.paid': 1 },
  };
  const half = { terms: { amount: '5000', currency: 'USD', customer: CUSTOMER } };
  const other = { terms: { amount: '10000', currency: 'USD', customer: CUSTOMER, gateway: 'razorpay' } };
  const success = planOf('success');
  const twice = { payments: [...success.payments, ...success.payments] };

  const problemsOf = (plan: OrderPlan, seen: SeenOrder): Json => {
    const problems = { lost: [], wrong: [], duplicated: [] };
    compareOrder(plan, seen, problems);
    return problems;
  };

  it.each<[string, StoryName, Partial<OrderPlan>, Partial<SeenOrder>]>([
    ['paid', 'success', {}, {}],
    [
      'not paid in time',
      'failure',
      {},
      { status: 'overdue', amountPaid: '0', events: { 'order.overdue': 1 } },
    ],
    [
      'paid too much',
      'success',
      half,
      { status: 'flagged', flags: ['amount_over'], events: { 'order.flagged': 1 } },
    ],
    [
      'paid twice',
      'success',
      twice,
      {
        ...{ status: 'flagged', flags: ['paid_twice'], amountPaid: '20000' },
        events: { 'order.paid': 1, 'order.flagged': 1 },
      },
    ],
    [
      'paid after it was canceled',
      'success',
      { canceled: true },
      {
        ...{ status: 'flagged', flags: ['paid_after_cancel'] },
        events: { 'order.canceled': 1, 'order.flagged': 1 },
      },
    ],
    [
      'paid at another gateway',
      'success',
      other,
      { status: 'open', flags: ['gateway'], amountPaid: '0', events: { 'order.flagged': 1 } },
    ],
    [
      'refunded in part',
      'partial-refunds',
      {},
      {
        ...{ status: 'partially_refunded', amountRefunded: '4000' },
        events: { 'order.paid': 1, 'order.refunded': 2 },
      },
    ],
    ['paid, and a dispute was won', 'dispute-won', {}, { events: { 'order.paid': 2, 'order.disputed': 1 } }],
    [
      'disputed',
      'dispute-lost',
      {},
      { status: 'disputed', events: { 'order.paid': 1, 'order.disputed': 1 } },
    ],
  ])('that is %s is as the contract says', (_order, story, plan, seen) => {
    const none = { lost: [], wrong: [], duplicated: [] };
    expect(problemsOf(planOf(story, plan), { ...PAID, ...seen })).toEqual(none);
  });

  it.each<[keyof Judgement, Partial<SeenOrder>]>([
    ['wrong', { status: 'open' }],
    ['wrong', { flags: ['reversed'] }],
    ['wrong', { amountPaid: '9999' }],
    ['wrong', { amountRefunded: '1' }],
    ['lost', { events: {} }],
    ['duplicated', { events: { 'order.paid': 2 } }],
    ['duplicated', { events: { 'order.paid': 1, 'order.flagged': 1 } }],
    ['duplicated', { events: { 'order.paid': 1, 'order.unheard': 1 } }],
  ])('%s: is found where there is %j', (list, seen) => {
    expect(problemsOf(success, PAID)).toEqual({ lost: [], wrong: [], duplicated: [] });
    expect(problemsOf(success, { ...PAID, ...seen })[list]).toHaveLength(1);
  });
});

describe('what the oracle looks for in a customer account', () => {
  const problemsOf = (stories: readonly StoryName[], seen: SeenAccount): Json => {
    const problems = { lost: [], wrong: [], duplicated: [] };
    const expected = deriveExpectedAccount(stories.flatMap((story) => planOf(story).payments));
    compareAccount('a', { expected, isSeenWhole: true }, seen, problems);
    return problems;
  };
  it('takes a second failure of a payment that is one attempt for the first one', () => {
    const told = ['failure', 'success', 'failure'] as const;
    const [failed, paid, again] = told.map((story, nth) => ({
      ...(planOf(story).payments[0]?.events.at(-1) as StoryEvent),
      occurredAt: new Date(nth),
    }));
    const statusAt = (gateway: string): unknown =>
      deriveExpectedAccount([
        { gateway, events: [failed, again] as StoryEvent[] },
        { gateway, events: [paid] as StoryEvent[] },
      ]).status;
    expect([statusAt('stripe'), statusAt('razorpay')]).toEqual(['past_due', 'active']);
  });

  const active: SeenAccount = { status: 'active', events: { 'account.activated': 1 } };

  it.each<[string, StoryName[], SeenAccount]>([
    ['pays', ['success'], active],
    ['never paid', ['failure'], { status: null, events: {} }],
    ['fails and then pays', ['failure-then-recovery'], active],
    ['was refunded', ['partial-refunds'], active],
  ])('who %s is as the contract says', (_who, stories, seen) => {
    expect(problemsOf(stories, seen)).toEqual({ lost: [], wrong: [], duplicated: [] });
  });

  it.each<[keyof Judgement, SeenAccount]>([
    ['wrong', { ...active, status: 'past_due' }],
    ['lost', { status: 'active', events: {} }],
    ['duplicated', { status: 'active', events: { 'account.activated': 2 } }],
    ['duplicated', { status: 'active', events: { 'account.activated': 1, 'account.past_due': 1 } }],
  ])('%s: is found where there is %j', (list, seen) => {
    expect(problemsOf(['success'], seen)[list]).toHaveLength(1);
  });
});

describe('what the oracle looks for in messages', () => {
  const listed = (kind: string, status = 'sent'): ListedMessage => ({
    id: kind,
    kind,
    channel: 'http',
    status,
  });
  const problemsOf = (story: StoryName, kinds: readonly string[], alerts = { least: 0, most: 1 }): Json => {
    const problems = { lost: [], wrong: [], duplicated: [] };
    const [payment] = planOf(story).payments;
    if (payment !== undefined)
      compareMessages(
        'http',
        { ...payment, alerts },
        kinds.map((kind) => listed(kind)),
        problems,
      );
    return problems;
  };

  it.each<[StoryName, string[]]>([
    ['failure', ['payment_failed']],
    ['failure-then-recovery', ['payment_failed', 'payment_received']],
    ['failure-then-recovery', ['receipt']],
    ['success', ['receipt']],
    ['partial-refunds', ['receipt', 'refund_note', 'refund_note']],
    ['full-refund', ['refund_note']],
    ['canceled', []],
  ])('%s: %j are due', (story, kinds) => {
    expect(problemsOf(story, kinds)).toEqual({ lost: [], wrong: [], duplicated: [] });
  });

  it.each<[keyof Judgement, StoryName, string[]]>([
    ['lost', 'failure', []],
    ['duplicated', 'failure', ['payment_failed', 'payment_failed']],
    ['lost', 'failure-then-recovery', ['payment_failed']],
    ['duplicated', 'failure-then-recovery', ['payment_failed', 'payment_received', 'receipt']],
    ['lost', 'success', []],
    ['duplicated', 'success', ['receipt', 'receipt']],
    ['lost', 'full-refund', ['receipt']],
    ['duplicated', 'full-refund', ['refund_note', 'refund_note']],
    ['duplicated', 'canceled', ['receipt']],
    ['wrong', 'success', ['receipt', 'reminder']],
  ])('%s: is found where %s has %j', (list, story, kinds) => {
    const least = story === 'failure' ? 1 : 0;
    expect(problemsOf(story, kinds, { least, most: 1 })[list]).toHaveLength(1);
  });

  const ANSWERED = {
    notificationId: 'receipt',
    to: '',
    kind: 'receipt',
    acceptedAt: 10,
    statusThen: 'pending',
  };
  const LOST = { ...ANSWERED, answerLost: true };
  const AGAIN = { ...ANSWERED, acceptedAt: 20 };
  const KILL = { from: 15, to: 16 };

  it.each<[string, string, (typeof ANSWERED)[], (typeof KILL)[]]>([
    ['repeatedInWindow', 'sent', [LOST, AGAIN], []],
    ['repeatedInWindow', 'sent', [ANSWERED, AGAIN], [KILL]],
    ['repeatedOutsideWindow', 'sent', [ANSWERED, AGAIN], []],
    ['repeatedOutsideWindow', 'sent', [ANSWERED, AGAIN], [{ from: 25, to: 26 }]],
    ['repeatedOutsideWindow', 'sent', [LOST, { ...AGAIN, statusThen: 'sent' }], [KILL]],
    ['unmarkedInWindow', 'suppressed', [LOST], []],
    ['wrong', 'suppressed', [ANSWERED], []],
    ['wrong', 'sent', [{ ...ANSWERED, kind: 'refund_note' }], []],
    ['lost', 'sent', [], []],
  ])(
    '%s: is found where a message that is %s was taken as %j, with the faults %j',
    (list, status, taken, faults) => {
      const none = {
        lost: [],
        wrong: [],
        repeatedOutsideWindow: [],
        repeatedInWindow: 0,
        unmarkedInWindow: 0,
      };
      const judgement = { ...structuredClone(none), messages: {} };
      judgeTaken(listed('receipt', status), taken, { faults, now: 30, description: 'a payment' }, judgement);
      const found = { ...judgement, messages: undefined };
      const one = list.endsWith('InWindow') ? 1 : [expect.any(String)];
      expect(found).toEqual({ ...none, messages: undefined, [list]: one });
    },
  );
});

describe('what the oracle looks for at subscribers', () => {
  const event = (nth: number, changes: Partial<ListedEvent> = {}): ListedEvent => ({
    ...{ id: `event ${nth}`, type: 'payment.failed', timestamp: AT, subjectId: 'p', sequence: nth },
    ...{ data: { gateway: 'razorpay', mode: 'live' }, ...changes },
  });
  const LISTED = [event(1), event(2), event(3, { subjectId: 'q', sequence: 1, data: { gateway: 'stripe' } })];
  const KILL = { from: 2.4, to: 2.6 };

  /** The event arrives at this time. */
  const arrival = (nth: number, at: number, changes: Partial<Arrival> = {}): Arrival => {
    const { type, timestamp, data, sequence } = LISTED[nth - 1] ?? event(nth);
    const body = JSON.stringify({ type, timestamp, data, sequence });
    return { eventId: `event ${nth}`, body, at, says: 'taken', ...changes };
  };
  const ALL = [arrival(1, 1), arrival(2, 2), arrival(3, 3)];
  const NONE = { lost: [], wrong: [], repeatedOutsideWindow: [], repeatedInWindow: 0 };

  const problemsOf = (name: string, arrivals: readonly Arrival[], faults: (typeof KILL)[] = []): Json => {
    const habit = HABITS.find((one) => one.name === name) as Habit;
    const lists = { ...structuredClone(NONE), subscribers: {} };
    const reference = { listed: new Map(LISTED.map((one) => [one.id, one])), fresh: LISTED, faults };
    compareSubscriber({ habit, arrivals, judged: 0 }, reference, lists);
    return { ...lists, subscribers: undefined };
  };

  it.each<[string, Arrival[]]>([
    ['honest', ALL],
    ['honest', [arrival(3, 1), arrival(2, 2), arrival(1, 3)]],
    ['ordered', [arrival(3, 1), arrival(1, 2, { says: 'failed' }), arrival(1, 3), arrival(2, 4)]],
    ['filtered', [arrival(1, 1), arrival(2, 2)]],
    ['closing', [arrival(1, 0, { says: 'failed' }), ...ALL]],
    ['gone', [arrival(1, 1), arrival(2, 2, { says: 'gone' })]],
    ['lying', []],
    ['redirecting', [arrival(1, 1, { says: 'failed' })]],
  ])('%s: is as the contract says', (name, arrivals) => {
    expect(problemsOf(name, arrivals)).toEqual(NONE);
  });

  it('is counted where a redirect is followed, and where something is not signed', async () => {
    const subscribers = await ChaosSubscribers.start();
    try {
      const subscriber = new ChaosSubscriber(HABITS.at(-1) as Habit, '/redirecting');
      subscribers.all.set('redirecting', subscriber);
      const { eventId, body } = arrival(1, 1);
      const post = async (signature: string): Promise<unknown> =>
        fetch(subscribers.urlOf(subscriber), {
          ...{ method: 'POST', body, redirect: 'follow' },
          headers: {
            'webhook-id': eventId,
            'webhook-timestamp': String(Math.floor(Date.now() / 1000)),
            'webhook-signature': signature,
          },
        }).catch(() => 'closed');
      await post(new Webhook(subscriber.secret).sign(eventId, new Date(), body));
      await post('v1,bm90IHNpZ25lZA==');
      expect(subscriber.arrivals).toMatchObject([{ eventId, body, says: 'failed' }]);
      expect([subscribers.strays > 0, subscribers.forged.length]).toEqual([true, 1]);
    } finally {
      await subscribers.close();
    }
  });

  const CHANGED = { body: JSON.stringify({ ...JSON.parse(arrival(2, 2).body), sequence: 9 }) };
  const REORDERED = { body: `{"sequence":2,${arrival(2, 2).body.slice(1)}` };

  it.each<[string, keyof typeof NONE, string, Arrival[], (typeof KILL)[]]>([
    ['an event is swallowed', 'lost', 'honest', ALL.slice(1), []],
    ['an event is never taken', 'lost', 'closing', [arrival(1, 1, { says: 'failed' }), ...ALL.slice(1)], []],
    ['an event is changed', 'wrong', 'honest', [arrival(1, 1), arrival(2, 2, CHANGED), arrival(3, 3)], []],
    [
      'a body differs between repeats',
      'wrong',
      'closing',
      [arrival(2, 0, { ...REORDERED, says: 'failed' }), ...ALL],
      [],
    ],
    ['an event is not listed', 'wrong', 'honest', [...ALL, arrival(4, 4)], []],
    ['an event was not asked for', 'wrong', 'filtered', ALL, []],
    [
      'a later event passes a failed one',
      'wrong',
      'ordered',
      [arrival(1, 0, { says: 'failed' }), arrival(2, 1), arrival(1, 2), arrival(3, 3)],
      [],
    ],
    ['something is sent without a confirmation', 'wrong', 'lying', [arrival(1, 1)], []],
    ['what was taken comes again', 'repeatedOutsideWindow', 'honest', [...ALL, arrival(2, 4)], []],
    [
      'it comes again before a fault',
      'repeatedOutsideWindow',
      'honest',
      [...ALL.slice(0, 2), arrival(1, 2.1), arrival(3, 3)],
      [KILL],
    ],
    ['it comes again after a fault', 'repeatedInWindow', 'honest', [...ALL, arrival(2, 4)], [KILL]],
    [
      'something comes after a 410',
      'repeatedOutsideWindow',
      'gone',
      [arrival(1, 1, { says: 'gone' }), arrival(2, 2, { says: 'gone' })],
      [],
    ],
    [
      'something comes after a 410 and a fault',
      'repeatedInWindow',
      'gone',
      [arrival(1, 1, { says: 'gone' }), arrival(2, 3, { says: 'gone' })],
      [KILL],
    ],
  ])('%s: is %s', (_what, list, name, arrivals, faults) => {
    const found = list === 'repeatedInWindow' ? 1 : [expect.any(String)];
    expect(problemsOf(name, arrivals, faults)).toEqual({ ...NONE, [list]: found });
  });
});

describe('what the oracle looks for in the database', () => {
  const found = async (query: string): Promise<number> => (await db.query(query)).rowCount ?? 0;

  it('is planted for each of its questions', () => {
    expect(Object.keys(PLANTED).toSorted()).toEqual(INVARIANT_VIOLATIONS.map(([, name]) => name).toSorted());
  });

  it.each(INVARIANT_VIOLATIONS)(
    '%s: %s: is found where it is, and not where all is well',
    async (_list, name, query) => {
      await db.query('BEGIN');
      try {
        for (const table of Object.keys(ROWS)) await insert(table);
        expect(await found(query)).toBe(0);
        await PLANTED[name]?.();
        expect(await found(query)).toBeGreaterThan(0);
      } finally {
        await db.query('ROLLBACK');
      }
    },
  );
});
