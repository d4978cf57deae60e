import type { ServiceResponse } from '../../src/simulator/sender.js';
import type { CaughtMail } from './mail-catcher.js';
import type { Mail } from './scenes.js';
import type { PlayedScene } from './stage.js';
import { formatTable } from '../table.js';
import { showBalances } from './balances.js';

/** The printed result of the demo, and whether everything is as expected. */
export interface DemoFindings {
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

/** Compares the service's payments and the mails that customers received with the played scenes. */
export async function judgeDemo(
  played: readonly PlayedScene[],
  forgeries: { answers: readonly ServiceResponse[]; expected: Record<string, number> },
  mails: readonly CaughtMail[],
  read: Read,
): Promise<DemoFindings> {
  const stats = await read<Stats>('/stats');
  const { items } = await read<{ items: Payment[] }>('/payments?limit=200');
  const payments = played.map((scene) => toPaymentRow(scene, items, mails));
  const refusals = toRefusalRows(stats, forgeries.expected);
  const ledger = showBalances(
    (await read<{ items: Parameters<typeof showBalances>[0] }>('/ledger/balances')).items,
  );
  const wrong = [
    ...payments.filter((row) => !row.right),
    ...refusals.filter((row) => !row.right),
    ...forgeries.answers.filter(({ status }) => status !== 401),
  ].length;
  const extra = items.length - played.length;
  const asExpected = wrong === 0 && extra === 0 && ledger.right;
  const { deliveries, notifications } = stats;
  const text = [
    'Payments',
    formatTable(
      ['gateway', 'payment', 'story', 'sent', 'status', 'amount', 'refunded', 'customer received', ''],
      payments.map((row) => row.cells),
    ),
    '',
    'Mails',
    formatTable(
      ['to', 'subject'],
      mails.map(({ to, subject }) => [to, subject]),
    ),
    '',
    'Refused',
    formatTable(
      ['reason', 'times', ''],
      refusals.map((row) => row.cells),
    ),
    '',
    'Ledger: debits less credits, in minor units',
    ledger.text,
    '',
    `${played.reduce((sum, { responses: answers }) => sum + answers.length, 0)} messages, ${deliveries.processed} stored and processed, ` +
      `${notifications.sent} messages sent to customers, ${notifications.suppressed} held back`,
    asExpected
      ? 'Everything came out as it should.'
      : `NOT as it should: ${wrong + Math.abs(extra) + (ledger.right ? 0 : 1)} of the above.`,
  ];
  return { text: text.join('\n'), asExpected };
}

const toMark = (right: boolean): string => (right ? '✓' : '✗');

function toPaymentRow(scene: PlayedScene, items: readonly Payment[], mails: readonly CaughtMail[]) {
  const found = items.filter(({ gatewayPaymentId }) => gatewayPaymentId === scene.paymentId);
  const payment = found[0];
  const received = mails.filter(({ to }) => to === scene.email).map(({ subject }) => kindOf(subject));
  const answered = scene.responses.every(({ status }) => status === 200);
  const right =
    found.length === 1 &&
    payment?.status === scene.status &&
    payment.amountRefunded === scene.refunded &&
    received.toSorted().join() === scene.mails.toSorted().join() &&
    answered;
  const { gateway, paymentId, story, sent } = scene;
  const amount = payment ? `${payment.amount} ${payment.currency}` : 'missing';
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
      received.join(', ') || 'nothing',
      toMark(right),
    ],
  };
}

const SUBJECTS: readonly (readonly [RegExp, Mail])[] = [
  [/did not go through/, 'alert'],
  [/^We have received/, 'received'],
  [/^Receipt/, 'receipt'],
  [/^Refund/, 'refund'],
];

const kindOf = (subject: string): string =>
  SUBJECTS.find(([pattern]) => pattern.test(subject))?.[1] ?? `"${subject}"`;

function toRefusalRows(stats: Stats, expected: Record<string, number>) {
  const counts: Record<string, number> = {};
  for (const reasons of Object.values(stats.refused)) {
    for (const [reason, count] of Object.entries(reasons)) counts[reason] = (counts[reason] ?? 0) + count;
  }
  return Object.keys({ ...expected, ...counts }).map((reason) => {
    const right = counts[reason] === expected[reason];
    return { right, cells: [reason, String(counts[reason] ?? 0), toMark(right)] };
  });
}
