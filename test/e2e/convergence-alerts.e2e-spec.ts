import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { PaymentReport } from '../../src/payments/report/payment-report.js';
import { shuffle } from '../../src/simulator/tampering.js';
import type { StandardStatus } from '../../src/webhooks/gateways/standard/standard.kinds.js';
import { report } from '../builders/report.builder.js';
import { naiveAttempt, naivePayment, type ArrivedReport } from '../convergence/naive-payment.js';
import { permutations } from '../convergence/permutations.js';
import { MailCatcher } from '../support/mail-catcher.js';
import { freshId, signed, standardBody } from '../support/requests.js';
import type { Json } from '../support/test-app.js';
import { startTwoProcesses, type TwoProcesses } from '../support/two-processes.js';

/** What happens to a payment, second by second; a failure names its attempt, or none. */
type Happening =
  'created' | 'processing' | 'authorized' | 'succeeded' | 'canceled' | `failed ${'a' | 'b' | '-'}`;

const HISTORIES: readonly (readonly Happening[])[] = [
  ['created', 'failed a'],
  ['created', 'failed a', 'succeeded'],
  ['failed a', 'failed b', 'succeeded'],
  ['failed a', 'failed a', 'failed b'],
  ['failed a', 'authorized', 'failed b'],
  ['failed a', 'canceled', 'succeeded', 'failed b'],
  ['failed -', 'failed -', 'processing', 'failed -'],
];

interface Telling {
  payment: string;
  history: readonly Happening[];
  /** Of the happenings, by their places. */
  order: readonly number[];
}

const tellings: Telling[] = HISTORIES.flatMap((history) =>
  permutations([...history.keys()]).map((order) => ({ payment: freshId('pay'), history, order })),
);
const START = Date.now() - 60_000;

function arrivedOf({ payment, history }: Telling, at: number): ArrivedReport {
  const [kind, attempt] = (history[at] as string).split(' ') as [PaymentReport['kind'], string?];
  const attemptId = attempt === undefined || attempt === '-' ? null : `${payment}_${attempt}`;
  const failure = kind === 'failed' ? { code: 'expired_card', message: null, attemptId } : null;
  return report(kind, at, { failure }, `${payment}_${at}`);
}

function messageOf(telling: Telling, at: number) {
  const { kind, failure, key } = arrivedOf(telling, at);
  const { payment } = telling;
  const body = standardBody(
    {
      paymentId: payment,
      orderId: `ord_${payment}`,
      status: kind satisfies string as StandardStatus,
      ...(failure && { failure: { code: failure.code }, attemptId: failure.attemptId }),
      customer: { email: `${payment}@example.com` },
    },
    { timestamp: new Date(START + at * 1000).toISOString() },
  );
  return signed('standard', body, { eventId: key });
}

/** An attempt is told of at the first moment at which, of all that has arrived, it is the failure that stands. */
function attemptsToTellOf(telling: Telling): number {
  const told: { id: string | null; keys: string[] }[] = [];
  telling.order.forEach((_, count) => {
    const arrived = telling.order.slice(0, count + 1).map((at) => arrivedOf(telling, at));
    const attempt = naiveAttempt(arrived);
    if (naivePayment(arrived).state !== 'failed' || attempt === null) return;
    const isSame = ({ id, keys }: { id: string | null; keys: string[] }) =>
      attempt.id === null ? keys.some((key) => attempt.keys.includes(key)) : id === attempt.id;
    if (!told.some(isSame)) told.push(attempt);
  });
  return told.length;
}

let mail: MailCatcher;
let service: TwoProcesses;
beforeAll(async () => {
  mail = await MailCatcher.start();
  service = await startTwoProcesses({
    SMTP_URL: mail.url,
    ALERT_SETTLE_SECONDS: '0',
    ALERT_QUIET_SECONDS: '0',
  });
  const longest = Math.max(...HISTORIES.map(({ length }) => length));
  for (let nth = 0; nth < longest; nth++) {
    const messages = tellings.flatMap((telling) => {
      const at = telling.order[nth];
      // Each twice, at once.
      return at === undefined ? [] : [messageOf(telling, at), messageOf(telling, at)];
    });
    await Promise.all(
      shuffle(messages, nth).map(async (message) => {
        const { status } = await service.send(message);
        if (status !== 200) throw new Error(`answered ${status}`);
      }),
    );
    await service.quiet();
  }
});
afterAll(async () => {
  await service.close();
  await mail.stop();
});

async function alertsOf({ payment }: Telling): Promise<Json[]> {
  const { items } = await service.first.get(`/payments?gatewayPaymentId=${payment}`);
  const found = await service.first.get(`/notifications?paymentId=${items[0].id}`);
  return found.items.filter(({ kind }: Json) => kind === 'payment_failed');
}

describe('in every order of its reports, each twice at once over two processes (pain 19)', () => {
  it.each(HISTORIES.map((history) => [history.join(', '), history] as const))('%s', async (_, history) => {
    for (const telling of tellings.filter((each) => each.history === history)) {
      const alerts = await alertsOf(telling);
      // An attempt whose failure stands has exactly one, one that was followed already when it came has none.
      expect({ order: telling.order, alerts: alerts.length }).toEqual({
        order: telling.order,
        alerts: attemptsToTellOf(telling),
      });
      expect(new Set(alerts.map(({ attemptId }) => attemptId as string)).size).toBe(alerts.length);
      expect(alerts.map(({ status }) => status as string)).toEqual(alerts.map(() => 'sent'));
      const failures = mail
        .sentTo(`${telling.payment}@example.com`)
        .filter(({ messageId }) => alerts.some(({ id }) => messageId?.includes(id as string)));
      expect(failures).toHaveLength(alerts.length);
    }
  });

  it.each([
    ['a failure that comes after its success', ['created', 'failed a', 'succeeded'], [0, 2, 1], 0],
    ['a failure that comes before it', ['created', 'failed a', 'succeeded'], [0, 1, 2], 1],
    ['two attempts, the later one first', ['failed a', 'failed b', 'succeeded'], [1, 0, 2], 1],
    ['two attempts, one by one', ['failed a', 'failed b', 'succeeded'], [0, 1, 2], 2],
  ])('%s', async (_, history, order, count) => {
    const telling = tellings.find(
      (each) => each.history.join() === history.join() && each.order.join() === order.join(),
    );
    expect(await alertsOf(telling as Telling)).toHaveLength(count);
  });
});
