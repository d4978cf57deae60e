import type { Acknowledged } from './sender-until-acknowledged.js';
import { deriveExpectedPayment } from './expected-payment.js';
import { ACCOUNT_VIOLATIONS } from './account-invariants.js';
import { judgeAccounts } from './account-oracle.js';
import { EVENT_VIOLATIONS } from './event-invariants.js';
import { LEDGER_VIOLATIONS } from './ledger-invariants.js';
import { judgeMessages } from './message-oracle.js';
import { ORDER_VIOLATIONS } from './order-invariants.js';
import { judgeOrders } from './order-oracle.js';
import type { OrderPlan } from './order-plan.js';
import type { Judgement } from './judgement.js';
import type { PaymentPlan } from './payment-plan.js';
import { judgeSubscribers } from './subscriber-oracle.js';
import type { ChaosStage } from './stage.js';

export const isClean = ({ lost, wrong, duplicated, repeatedOutsideWindow }: Judgement): boolean =>
  [lost, wrong, duplicated, repeatedOutsideWindow].every((found) => found.length === 0);

interface Delivery {
  id: string;
  status: string;
  receipts: number;
}

interface ShownPayment {
  id: string;
  gatewayPaymentId: string;
  state: string;
  status: string;
  amount: string;
  amountRefunded: string;
  currency: string;
  timeline: { eventId: string; outcome: string; deliveryId: string }[];
}

/**
 * Compares the service's payments, orders, deliveries and mails with the planned events and the acknowledgements, and what
 * subscribers received with what is listed.
 */
export async function judgeRound(
  stage: ChaosStage,
  plans: readonly PaymentPlan[],
  orders: readonly OrderPlan[],
  acknowledged: readonly Acknowledged[],
): Promise<Judgement> {
  const judgement: Judgement = {
    lost: [],
    wrong: [],
    duplicated: [],
    repeatedOutsideWindow: [],
    repeatedInWindow: 0,
    unmarkedInWindow: 0,
    messages: {},
    subscribers: {},
  };
  const payments = new Map<string, ShownPayment>();
  for (const plan of plans) {
    const shown = await findShownPayment(stage, plan, judgement);
    if (shown === null) continue;
    payments.set(plan.paymentId, shown);
    comparePayment(plan, shown, judgement);
    await judgeMessages(stage, plan, shown.id, judgement);
  }
  const { forged } = stage.http;
  judgement.wrong.push(...forged.splice(0).map((why) => `a message by HTTP was refused: ${why}`));
  await judgeOrders(stage, orders, judgement);
  await judgeAccounts(stage, orders, judgement);
  await judgeDeliveries(stage, acknowledged, payments, judgement);
  await judgeSubscribers(stage, judgement);
  await judgeInvariants(stage, judgement);
  return judgement;
}

async function findShownPayment(
  stage: ChaosStage,
  { gateway, paymentId }: PaymentPlan,
  { lost, duplicated }: Judgement,
): Promise<ShownPayment | null> {
  const { items } = await stage.readApi<{ items: ShownPayment[] }>(
    `/payments?gateway=${gateway}&gatewayPaymentId=${paymentId}`,
  );
  if (items.length > 1) duplicated.push(`${gateway} ${paymentId} stands ${items.length} times`);
  if (!items[0]) {
    lost.push(`${gateway} ${paymentId} is not there`);
    return null;
  }
  return stage.readApi<ShownPayment>(`/payments/${items[0].id}`);
}

function comparePayment(plan: PaymentPlan, shown: ShownPayment, { wrong }: Judgement): void {
  const { outcomes, ...fields } = deriveExpectedPayment(plan.events);
  const differ = (what: string, is: unknown, must: unknown): void => {
    if (JSON.stringify(is) !== JSON.stringify(must))
      wrong.push(
        `${plan.gateway} ${plan.paymentId} (${plan.story}) ${what}: ${JSON.stringify(is)}, not ${JSON.stringify(must)}`,
      );
  };
  for (const [field, must] of Object.entries(fields)) differ(field, shown[field as keyof ShownPayment], must);
  // Ippopay's API shows only the current state, so states between two fetches are never seen.
  if (plan.gateway === 'ippopay') return;
  differ(
    'timeline',
    shown.timeline.map(({ eventId, outcome }) => [eventId, outcome]),
    outcomes,
  );
}

async function judgeDeliveries(
  stage: ChaosStage,
  acknowledged: readonly Acknowledged[],
  payments: ReadonlyMap<string, ShownPayment>,
  { lost, wrong, duplicated }: Judgement,
): Promise<void> {
  const deliveryOf = new Map<string, string>();
  for (const { gateway, paymentId, eventId, deliveryId } of acknowledged) {
    const delivery = await stage.readApi<Delivery>(`/deliveries/${deliveryId}`).catch(() => null);
    if (delivery === null) {
      lost.push(`${gateway} ${eventId}: delivery ${deliveryId} is not there`);
      continue;
    }
    if (delivery.status !== 'processed') wrong.push(`${gateway} ${eventId} is ${delivery.status}`);
    if (gateway === 'ippopay') continue;
    const entry = payments.get(paymentId)?.timeline.find((one) => one.eventId === eventId);
    if (!entry) lost.push(`${gateway} ${eventId} is in no timeline`);
    else if (entry.deliveryId !== deliveryId)
      wrong.push(`${gateway} ${eventId} is reported by another delivery`);
    const first = deliveryOf.get(`${gateway} ${eventId}`) ?? deliveryId;
    if (first !== deliveryId) duplicated.push(`${gateway} ${eventId} was stored twice`);
    deliveryOf.set(`${gateway} ${eventId}`, first);
  }
}

/**
 * Queries that must find nothing, over all rounds so far. None groups by the columns of a unique constraint, because such a
 * query could never find anything. A test plants a violation of each.
 */
export const INVARIANT_VIOLATIONS: readonly [
  keyof Pick<Judgement, 'wrong' | 'duplicated'>,
  string,
  string,
][] = [
  ['wrong', 'work is dead', `SELECT id::text AS what FROM deliveries WHERE status IN ('dead', 'parked')`],
  ['wrong', 'a handler did not run', `SELECT handler AS what FROM handler_runs WHERE status <> 'done'`],
  ['wrong', 'a notification is dead', `SELECT id::text AS what FROM notifications WHERE status = 'dead'`],
  [
    'wrong',
    'nothing was made of a delivery',
    `SELECT id::text AS what FROM deliveries d WHERE status = 'processed' AND verdict <> 'hint'
       AND NOT EXISTS (SELECT FROM delivery_work WHERE delivery_id = d.id)
       AND NOT EXISTS (SELECT FROM payment_reports r WHERE r.delivery_id = d.id)`,
  ],
  [
    'duplicated',
    'an event was stored twice',
    `SELECT event_id AS what FROM deliveries WHERE verdict = 'verified' GROUP BY gateway, account, event_id HAVING count(*) > 1`,
  ],
  [
    'duplicated',
    'a report counts twice',
    `SELECT report.event_id AS what FROM payment_reports report JOIN deliveries delivery ON delivery.id = delivery_id
     WHERE verdict = 'verified' GROUP BY payment_id, report.event_id HAVING count(*) > 1`,
  ],
  [
    'duplicated',
    'an event was published twice',
    // A payment is created once, and a success is final: no story here takes captured money back.
    `SELECT name AS what FROM domain_events WHERE name IN ('payment.created', 'payment.succeeded')
     GROUP BY subject_id, name HAVING count(*) > 1`,
  ],
  [
    'duplicated',
    'an attempt was alerted twice',
    // Independent of the attempt keys: on each channel a payment has at most as many alerts as failed attempts in its
    // reports.
    `SELECT payment_id::text AS what FROM notifications alert WHERE kind = 'payment_failed' GROUP BY payment_id, channel
     HAVING count(*) > (SELECT count(DISTINCT coalesce(told->'failure'->>'attemptId', id::text)) FROM payment_reports
       WHERE payment_id = alert.payment_id AND kind = 'failed')`,
  ],
  ...LEDGER_VIOLATIONS,
  ...ORDER_VIOLATIONS,
  ...ACCOUNT_VIOLATIONS,
  ...EVENT_VIOLATIONS,
];

async function judgeInvariants(stage: ChaosStage, judgement: Judgement): Promise<void> {
  for (const [list, name, query] of INVARIANT_VIOLATIONS) {
    const { rows } = await stage.db.query<{ what: string }>(query);
    judgement[list].push(...rows.map(({ what }) => `${name}: ${what}`));
  }
}
