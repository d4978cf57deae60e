import type { Judgement } from './judgement.js';
import type { OrderPlan } from './order-plan.js';
import type { PaymentPlan } from './payment-plan.js';
import type { ChaosStage } from './stage.js';

/** A customer account as the service shows it, and how often each of its events was published. */
export interface SeenAccount {
  status: string | null;
  events: Readonly<Record<string, number>>;
}

/** A second model of a customer account, written only from the contract. It shares no line with `src/accounts`. */
export interface ExpectedAccount {
  /** Null where the customer never paid. */
  status: 'active' | 'past_due' | null;
  activated: number;
  pastDue: number;
  /** Failures of a payment that the gateway contradicts. They were told if they were seen. */
  contradicted: number;
}

type Payment = Pick<PaymentPlan, 'gateway' | 'events'>;

/** Derives the account of a customer from all events of the customer's payments, in any order, within the grace. */
export function deriveExpectedAccount(payments: readonly Payment[]): ExpectedAccount {
  const counting = payments.map(wordsOf);
  const words = counting.flat().toSorted((one, other) => one.at - other.at || (one.paid ? 1 : -1));
  const expected: ExpectedAccount = { status: null, activated: 0, pastDue: 0, contradicted: 0 };
  for (const { paid } of words) {
    if (paid && expected.status !== 'active') expected.activated++;
    if (!paid && expected.status === 'active') expected.pastDue++;
    expected.status = paid ? 'active' : expected.status && 'past_due';
  }
  const failures = payments.flatMap(({ events }) => events).filter(({ kind }) => kind === 'failed').length;
  return { ...expected, contradicted: failures - words.filter(({ paid }) => !paid).length };
}

interface Word {
  at: number;
  paid: boolean;
}

/** Of events of one moment, a failure comes before a cancelation and both before a success. */
const RANKS = ['failed', 'canceled', 'succeeded'];

/** Gateways whose payments are one attempt each: a second failure tells of the first one again. */
const ONE_ATTEMPT = ['razorpay'];

function wordsOf({ gateway, events }: Payment): Word[] {
  const words: Word[] = [];
  let state = 'open';
  const said = events
    .filter(({ kind }) => RANKS.includes(kind))
    .toSorted(
      (one, other) =>
        one.occurredAt.getTime() - other.occurredAt.getTime() ||
        RANKS.indexOf(one.kind) - RANKS.indexOf(other.kind),
    );
  for (const { kind, occurredAt } of said) {
    if (state === 'succeeded' || (state === 'canceled' && kind === 'failed')) continue;
    const isToldAgain = kind === 'failed' && words.length > 0 && ONE_ATTEMPT.includes(gateway);
    if (kind !== 'canceled' && !isToldAgain)
      words.push({ at: occurredAt.getTime(), paid: kind === 'succeeded' });
    state = kind;
  }
  return words;
}

/** The orders of each customer, by the path of the account. */
function ordersByCustomer(plans: readonly OrderPlan[]): ReadonlyMap<string, readonly OrderPlan[]> {
  const byCustomer = new Map<string, OrderPlan[]>();
  for (const plan of plans) {
    const { id } = plan.terms.customer;
    const path = `/accounts/${id}${plan.merchant === undefined ? '' : `?merchant=${plan.merchant}`}`;
    byCustomer.set(path, [...(byCustomer.get(path) ?? []), plan]);
  }
  return byCustomer;
}

/** Compares the customer accounts of a round with what follows from the events of their payments. */
export async function judgeAccounts(
  stage: ChaosStage,
  plans: readonly OrderPlan[],
  judgement: Judgement,
): Promise<void> {
  for (const [path, orders] of ordersByCustomer(plans)) {
    const shown = await stage.readApi<{ status: string; customerId: string }>(path).catch(() => null);
    const events = await countEvents(stage, orders[0]?.terms.customer.id ?? '');
    const payments = orders.flatMap((order) => order.payments);
    const name = `customer account ${path} (${payments.map(({ gateway, story }) => `${gateway} ${story}`).join(', ')})`;
    const isSeenWhole = payments.every(({ gateway }) => gateway !== 'ippopay');
    const expected = deriveExpectedAccount(payments);
    compareAccount(name, { expected, isSeenWhole }, { status: shown?.status ?? null, events }, judgement);
  }
}

/** Notes what differs from the independent model. Ippopay's API shows only the current state. Pure except for `judgement`. */
export function compareAccount(
  name: string,
  { expected, isSeenWhole }: { expected: ExpectedAccount; isSeenWhole: boolean },
  seen: SeenAccount,
  { lost, wrong, duplicated }: Pick<Judgement, 'lost' | 'wrong' | 'duplicated'>,
): void {
  const { status, activated, pastDue, contradicted } = expected;
  if (seen.status !== status) wrong.push(`${name}: ${seen.status}, not ${status}`);
  const leastOf = { 'account.activated': activated, 'account.past_due': pastDue };
  for (const [event, must] of Object.entries(leastOf)) {
    const least = isSeenWhole ? must : 0;
    const times = seen.events[event] ?? 0;
    if (times < least) lost.push(`${name} ${event}: ${times} times, at least ${least}`);
    if (times > must + contradicted)
      duplicated.push(`${name} ${event}: ${times} times, at most ${must + contradicted}`);
  }
}

async function countEvents(stage: ChaosStage, customerId: string): Promise<SeenAccount['events']> {
  const { rows } = await stage.db.query<{ name: string; times: number }>(
    `SELECT name, count(*)::integer AS times FROM domain_events
     WHERE subject_id IN (SELECT id FROM accounts WHERE customer_id = $1) GROUP BY name`,
    [customerId],
  );
  return Object.fromEntries(rows.map(({ name, times }) => [name, times]));
}
