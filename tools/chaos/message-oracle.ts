import type { AcceptedMail } from './mail-server.js';
import { deriveExpectedPayment } from './expected-payment.js';
import type { Judgement } from './judgement.js';
import { KINDS, type Kind } from './message-kinds.js';
import type { PaymentPlan } from './payment-plan.js';
import type { ChaosStage } from './stage.js';

/** A message that the service lists. */
export interface ListedMessage {
  id: string;
  kind: string;
  channel: string;
  status: string;
}

/** What is known of a payment for which messages of one channel are due. */
interface Due {
  plan: PaymentPlan;
  /** The message may have been decided before any address was known. */
  lacksContact: boolean;
  succeeded: boolean;
  /** Everything that was captured went back. */
  isWhollyRefunded: boolean;
  refunds: number;
  /** Sent on this channel, by kind. Only what was sent before is asked for: an alert decides whether there is a receipt. */
  sent: Readonly<Record<Kind, number>>;
}

interface Times {
  least: number;
  most: number;
}

/** How often each kind must have gone out, and may have, on each channel. Written from the contract alone. */
const DUE: Readonly<Record<Kind, (due: Due) => Times>> = {
  payment_failed: ({ plan }) => plan.alerts,
  payment_received: ({ plan, succeeded, sent }) => {
    const most = succeeded && sent.payment_failed > 0 ? 1 : 0;
    // In a wild story the alert of an attempt may be sent after the success was made, and before it was told.
    return { least: plan.story === 'wild' ? 0 : most, most };
  },
  // The message that the money arrived takes its place. Before all of it went back there may have been time for one.
  receipt: ({ plan, succeeded, isWhollyRefunded, sent }) => {
    const most = succeeded && sent.payment_received === 0 ? 1 : 0;
    const hasOther = plan.story !== 'wild' && sent.payment_failed > 0;
    return { least: isWhollyRefunded || hasOther ? 0 : most, most };
  },
  // A gateway that tells only totals tells one of them at least. No refund is told twice.
  refund_note: ({ refunds, lacksContact }) => ({
    least: lacksContact ? 0 : Math.min(refunds, 1),
    most: refunds,
  }),
};

/** Compares the messages of one payment on one channel with what is due. */
export function compareMessages(
  channel: string,
  plan: PaymentPlan,
  listed: readonly ListedMessage[],
  { lost, duplicated, wrong }: Pick<Judgement, 'lost' | 'duplicated' | 'wrong'>,
): void {
  const sentOf = (kind: string): number =>
    listed.filter((one) => one.channel === channel && one.kind === kind && one.status === 'sent').length;
  const { state, amount, amountRefunded } = deriveExpectedPayment(plan.events);
  const due: Due = {
    plan,
    // Messages about refunds name no address. HTTP needs none.
    lacksContact: channel === 'email' && plan.sent[0]?.kind.startsWith('refund_') === true,
    succeeded: state === 'succeeded',
    isWhollyRefunded: BigInt(amountRefunded) >= BigInt(amount),
    refunds: new Set(
      plan.events.flatMap(({ kind, refundId }) => (kind === 'refund_succeeded' ? (refundId ?? []) : [])),
    ).size,
    sent: Object.fromEntries(KINDS.map((kind) => [kind, sentOf(kind)])) as Record<Kind, number>,
  };
  const name = `${plan.gateway} ${plan.paymentId} (${plan.story}) ${channel}`;
  for (const kind of KINDS) {
    const { least, most } = DUE[kind](due);
    if (due.sent[kind] < least) lost.push(`${name}: ${due.sent[kind]} ${kind}, at least ${least}`);
    if (due.sent[kind] > most) duplicated.push(`${name}: ${due.sent[kind]} ${kind}, at most ${most}`);
  }
  for (const { kind } of listed)
    if (!KINDS.some((known) => known === kind)) wrong.push(`${name}: ${kind} is not among MESSAGES`);
}

/** What the messages of a payment look like from both sides: the service's list, and what the channels' ends took. */
export async function judgeMessages(
  stage: ChaosStage,
  plan: PaymentPlan,
  paymentId: string,
  judgement: Judgement,
): Promise<void> {
  const { items } = await stage.readApi<{ items: ListedMessage[] }>(`/notifications?paymentId=${paymentId}`);
  for (const channel of Object.keys(stage.ends)) compareMessages(channel, plan, items, judgement);
  const description = `${plan.gateway} ${plan.paymentId} (${plan.story})`;
  for (const message of items) {
    const accepted = stage.ends[message.channel]?.accepted ?? [];
    const taken = accepted.filter(({ notificationId }) => notificationId === message.id);
    judgeTaken(message, taken, { faults: stage.faultTimes, now: performance.now(), description }, judgement);
  }
}

export interface Witness {
  faults: ChaosStage['faultTimes'];
  now: number;
  description: string;
}

/** Taken twice is allowed in one window only: the answer was lost, or a fault lay between the two. */
export function judgeTaken(
  { id, kind, channel, status }: ListedMessage,
  taken: readonly AcceptedMail[],
  { faults, now, description }: Witness,
  judgement: Pick<
    Judgement,
    'lost' | 'wrong' | 'repeatedOutsideWindow' | 'repeatedInWindow' | 'unmarkedInWindow' | 'messages'
  >,
): void {
  const name = `${description} ${channel} ${kind} ${id}`;
  const isInWindow = (first: AcceptedMail | undefined, to: number): boolean =>
    first !== undefined &&
    (first.answerLost === true || faults.some((fault) => fault.from <= to && fault.to >= first.acceptedAt));
  const told = taken.find((one) => one.kind !== undefined && one.kind !== kind);
  if (told) judgement.wrong.push(`${name} went out as ${told.kind}`);
  if (status === 'sent' && taken.length === 0) judgement.lost.push(`${name}: marked sent and never came`);
  if (status !== 'sent' && taken.length > 0) {
    if (isInWindow(taken.at(-1), now)) judgement.unmarkedInWindow++;
    else judgement.wrong.push(`${name} came and is ${status}`);
  }
  taken.slice(1).forEach(({ acceptedAt, statusThen }, nth) => {
    if (statusThen !== 'sent' && isInWindow(taken[nth], acceptedAt)) judgement.repeatedInWindow++;
    else judgement.repeatedOutsideWindow.push(`${name} was sent again`);
  });
  if (taken.length === 0) return;
  const count = (judgement.messages[`${channel} ${kind}`] ??= { taken: 0, again: 0 });
  count.taken++;
  count.again += taken.length - 1;
}
