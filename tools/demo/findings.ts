import type { Answer } from '../../src/simulator/sender.js';
import type { CaughtMail } from './mail-catcher.js';
import type { Played } from './stage.js';
import { table } from '../table.js';

/** What the demo found, as it is printed, and whether it is what was expected. */
export interface Findings {
  text: string;
  asExpected: boolean;
}

type Read = <T>(path: string) => Promise<T>;

interface Payment {
  gatewayPaymentId: string;
  gateway: string;
  status: string;
  amount: string;
  amountRefunded: string;
  currency: string;
}

interface Stats {
  deliveries: Record<string, number>;
  notifications: Record<string, number>;
  refused: Record<string, Record<string, number>>;
}

/** Compares what the service shows, and what its customers got, with what was played. */
export async function judge(
  played: readonly Played[],
  forgeries: { answers: readonly Answer[]; expected: Record<string, number> },
  mails: readonly CaughtMail[],
  read: Read,
): Promise<Findings> {
  const stats = await read<Stats>('/stats');
  const { items } = await read<{ items: Payment[] }>('/payments?limit=200');
  const payments = played.map((scene) => paymentRow(scene, items, mails));
  const refusals = refusalRows(stats, forgeries.expected);
  const wrong = [
    ...payments.filter((row) => !row.right),
    ...refusals.filter((row) => !row.right),
    ...forgeries.answers.filter(({ status }) => status !== 401),
  ].length;
  const extra = items.length - played.length;
  const asExpected = wrong === 0 && extra === 0;
  const { deliveries, notifications } = stats;
  const text = [
    'Payments',
    table(
      ['gateway', 'payment', 'story', 'sent', 'status', 'amount', 'refunded', 'customer heard', ''],
      payments.map((row) => row.cells),
    ),
    '',
    'Mails',
    table(
      ['to', 'subject'],
      mails.map(({ to, subject }) => [to, subject]),
    ),
    '',
    'Refused',
    table(
      ['reason', 'times', ''],
      refusals.map((row) => row.cells),
    ),
    '',
    `${played.reduce((sum, { answers }) => sum + answers.length, 0)} messages, ${deliveries.processed} stored and processed, ` +
      `${notifications.sent} alerts sent, ${notifications.suppressed} held back`,
    asExpected
      ? 'Everything came out as it should.'
      : `NOT as it should: ${wrong + Math.abs(extra)} of the above.`,
  ];
  return { text: text.join('\n'), asExpected };
}

const mark = (right: boolean): string => (right ? '✓' : '✗');

function paymentRow(scene: Played, items: readonly Payment[], mails: readonly CaughtMail[]) {
  const found = items.filter(({ gatewayPaymentId }) => gatewayPaymentId === scene.paymentId);
  const payment = found[0];
  const heard = mails.filter(({ to }) => to === scene.email).length;
  const answered = scene.answers.every(({ status }) => status === 200);
  const right =
    found.length === 1 &&
    payment?.status === scene.status &&
    payment.amountRefunded === scene.refunded &&
    heard === MAILS[scene.told] &&
    answered;
  const { gateway, paymentId, story, sent } = scene;
  const amount = payment ? `${payment.amount} ${payment.currency}` : 'missing';
  const told = heard === 0 ? 'nothing' : `${heard} mail${heard > 1 ? 's' : ''}`;
  return {
    right,
    cells: [
      gateway,
      paymentId,
      story,
      sent,
      payment?.status ?? 'missing',
      amount,
      payment?.amountRefunded ?? '',
      told,
      mark(right),
    ],
  };
}

const MAILS: Readonly<Record<Played['told'], number>> = { nothing: 0, failed: 1, 'failed, then received': 2 };

function refusalRows(stats: Stats, expected: Record<string, number>) {
  const counts: Record<string, number> = {};
  for (const reasons of Object.values(stats.refused)) {
    for (const [reason, count] of Object.entries(reasons)) counts[reason] = (counts[reason] ?? 0) + count;
  }
  return Object.keys({ ...expected, ...counts }).map((reason) => {
    const right = counts[reason] === expected[reason];
    return { right, cells: [reason, String(counts[reason] ?? 0), mark(right)] };
  });
}
