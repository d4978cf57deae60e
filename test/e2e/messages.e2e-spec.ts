import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { StatsView } from '../../src/operations/monitoring/stats.js';
import type { StoryEvent } from '../../src/simulator/gateway-simulator.js';
import { gateways } from '../../src/webhooks/gateways/index.js';
import { RazorpayGateway } from '../../src/webhooks/gateways/razorpay/razorpay.gateway.js';
import { outcomesOf, settled, worked } from '../support/customer-messages.js';
import { MailCatcher } from '../support/mail-catcher.js';
import {
  ask,
  deliver,
  freshId,
  signed,
  signedStep,
  story,
  type SigningGateway,
} from '../support/requests.js';
import { StandardSender } from '../support/standard-sender.js';
import { createTestDatabase } from '../support/test-database.js';
import { startTestApp, type TestApp } from '../support/test-app.js';

let mail: MailCatcher;
let app: TestApp;
let shop: StandardSender;

beforeAll(async () => {
  mail = await MailCatcher.start();
  app = await startTestApp({
    retry: { baseMs: 5, capMs: 20, maxAttempts: 1_000 },
    environment: {
      SMTP_URL: mail.url,
      // Messages are due when the test says so.
      ALERT_SETTLE_SECONDS: '3600',
      MESSAGES: 'payment_failed,payment_received,receipt,refund_note',
      MESSAGES_RAZORPAY: 'none',
    },
  });
  shop = new StandardSender(app.url);
});
afterAll(async () => {
  await app.close();
  await mail.stop();
});

const outcomes = (payment: string, of = app): Promise<string[]> => outcomesOf(of, payment);
const textsTo = (address: string): string[] => mail.sentTo(address).map(({ text }) => text ?? '');

/** A payment of a story, told step by step. */
function tellerOf(gateway: SigningGateway, name: Parameters<typeof story>[1]) {
  const steps = story(gateway, name);
  const [first] = steps as [StoryEvent];
  const tell = async (told: StoryEvent): Promise<void> => {
    expect((await deliver(app, signedStep(gateway, told))).status).toBe(200);
  };
  const step = (kind: StoryEvent['kind']): StoryEvent => {
    const found = steps.find((one) => one.kind === kind);
    if (!found) throw new Error(`the story ${name} of ${gateway} has no ${kind}`);
    return found;
  };
  return { payment: first.paymentId, email: first.customer.email ?? '', steps, step, tell };
}

describe('a receipt', () => {
  it('is sent once for a payment that succeeded, however often that is told', async () => {
    await shop.tell('authorized', { payment: 'plain' });
    await shop.tell('completed', { payment: 'plain', id: 'msg_plain' });
    await shop.tell('completed', { payment: 'plain', id: 'msg_plain' });
    await shop.tell('completed', { payment: 'plain' });
    expect((await app.get<StatsView>('/stats')).notifications.sent).toBe(0);
    await settled(app);
    await shop.tell('completed', { payment: 'plain' });
    await settled(app);
    expect(await outcomes('plain')).toEqual(['receipt sent']);
    // The money goes and comes again before anybody is told that it went.
    await shop.tell('reversed', { payment: 'plain' });
    await shop.tell('completed', { payment: 'plain' });
    await settled(app);
    expect(await outcomes('plain')).toEqual(['receipt sent', 'payment_failed suppressed recovered']);
    const [sent, ...more] = mail.sentTo('plain@example.com');
    expect(more).toEqual([]);
    expect(sent?.subject).toBe('Receipt for your payment for order ord_plain');
    expect(sent?.text).toContain('Amount: $100.00');
  });

  it('is not sent beside the message that the payment arrived after a failure', async () => {
    await shop.tell('failed', { payment: 'after' });
    await settled(app);
    await shop.tell('completed', { payment: 'after' });
    await worked(app);
    expect(await outcomes('after')).toEqual(['payment_failed sent', 'payment_received pending']);
    await settled(app);
    expect(await outcomes('after')).toEqual(['payment_failed sent', 'payment_received sent']);
  });

  it('is sent where the alert was held back, and for a second payment of a reassured order', async () => {
    await shop.tell('failed', { payment: 'soon' });
    await shop.tell('completed', { payment: 'soon' });
    await shop.tell('failed', { payment: 'card', order: 'R-1' });
    await settled(app);
    await Promise.all(
      ['bank', 'cash'].map((payment) => shop.tell('completed', { payment, order: 'R-1', at: 100 })),
    );
    await settled(app);
    expect(await outcomes('soon')).toEqual(['payment_failed suppressed recovered', 'receipt sent']);
    const both = [...(await outcomes('bank')), ...(await outcomes('cash'))];
    expect(both.sort()).toEqual(['payment_received sent', 'receipt sent']);
  });

  it('is not sent where nothing of the money is left, too late, or to nobody', async () => {
    await shop.tell('completed', { payment: 'back' });
    await shop.tell('refunded', { payment: 'back' });
    await shop.tell('completed', { payment: 'gone' });
    await shop.tell('reversed', { payment: 'gone' });
    await shop.tell('completed', { payment: 'old', at: -73 * 3_600 });
    await shop.tell('completed', { payment: 'nobody', at: 110, customer: null });
    await settled(app);
    expect(await outcomes('back')).toEqual(['receipt suppressed refunded', 'refund_note sent']);
    expect(await outcomes('gone')).toEqual(['receipt suppressed reversed', 'payment_failed sent']);
    expect(await outcomes('old')).toEqual(['receipt suppressed stale']);
    expect(await outcomes('nobody')).toEqual(['receipt suppressed no_contact']);
  });

  it('nor any message about a gateway for which an operator chose none', async () => {
    const paid = tellerOf('razorpay', 'success');
    const failed = tellerOf('razorpay', 'failure');
    for (const one of [paid, failed]) for (const told of one.steps) await one.tell(told);
    await settled(app);
    expect([...(await outcomes(paid.payment)), ...(await outcomes(failed.payment))]).toEqual([]);
  });
});

describe('a note about a refund', () => {
  it('is sent once it succeeded, not while it is pending, and says its amount', async () => {
    const { payment, email, step, steps, tell } = tellerOf('stripe', 'partial-refunds');
    await tell(step('succeeded'));
    await tell(step('refund_created'));
    await settled(app);
    expect(await outcomes(payment)).toEqual(['receipt sent']);
    for (const told of steps) await tell(told);
    await settled(app);
    expect(await outcomes(payment)).toEqual(['receipt sent', 'refund_note sent', 'refund_note sent']);
    expect(textsTo(email)[1]).toContain('\nRefunded: $25.00\n');
    expect(textsTo(email)[2]).toContain('\nRefunded: $15.00\n');
  });

  it('is sent once where the gateway tells the same refund as a total, too, in either order', async () => {
    for (const totalFirst of [true, false]) {
      const { payment, email, step, tell } = tellerOf('stripe', 'full-refund');
      const { refundId: _, ...total } = step('refund_created');
      const told = [{ ...total, eventId: freshId('evt') }, step('refund_succeeded')];
      await tell(step('succeeded'));
      for (const one of totalFirst ? told : told.toReversed()) {
        await tell(one);
        await settled(app);
      }
      expect((await outcomes(payment)).filter((outcome) => outcome === 'refund_note sent')).toHaveLength(1);
      expect(textsTo(email).filter((text) => /Refunded/.test(text))).toHaveLength(1);
    }
  });

  it('is sent of a refund that was made after a total was told, whatever became of those before', async () => {
    const { payment, email, step, tell } = tellerOf('stripe', 'full-refund');
    const made = step('refund_created');
    const { refundId: _, ...total } = made;
    const after = (seconds: number) => new Date(made.occurredAt.getTime() + seconds * 1_000);
    const again = { refundId: freshId('rfnd'), refundCreatedAt: after(60) };
    const second = { ...again, eventId: freshId('evt'), occurredAt: after(61) };
    await tell(step('succeeded'));
    for (const told of [
      { ...total, eventId: freshId('evt') },
      step('refund_succeeded'),
      { ...made, kind: 'refund_failed' as const, eventId: freshId('evt'), occurredAt: after(30) },
      { ...step('refund_succeeded'), ...second },
    ]) {
      await tell(told);
      await settled(app);
    }
    const told = textsTo(email).filter((text) => /Refunded/.test(text));
    expect(told).toEqual([
      expect.stringContaining('\nRefunded in total: $100.00\n'),
      expect.stringContaining('\nRefunded: $100.00\n'),
    ]);
    expect(await outcomes(payment)).toEqual([
      'receipt suppressed refunded',
      'refund_note sent',
      'refund_note suppressed already_told',
      'refund_note sent',
    ]);
  });

  it('is sent of a second refund by its id where the first is known only as a total', async () => {
    const { payment, email, steps, step, tell } = tellerOf('stripe', 'partial-refunds');
    const { refundId: _, ...total } = step('refund_created');
    await tell(step('succeeded'));
    for (const told of [{ ...total, eventId: freshId('evt') }, steps.at(-1)!]) {
      await tell(told);
      await settled(app);
    }
    expect(await outcomes(payment)).toEqual(['receipt sent', 'refund_note sent', 'refund_note sent']);
    expect(textsTo(email)[2]).toContain('\nRefunded: $15.00\n');
  });

  it('is sent once a total where no refund is known by id', async () => {
    await shop.tell('completed', { payment: 'totals', at: 120 });
    await settled(app);
    for (const refunded of ['10.00', '10.00', '25.00']) {
      await shop.tell('partially_refunded', { payment: 'totals', refunded });
      await settled(app);
    }
    expect(await outcomes('totals')).toEqual(['receipt sent', 'refund_note sent', 'refund_note sent']);
    expect(textsTo('totals@example.com')[1]).toContain('\nRefunded in total: $10.00\n');
    expect(textsTo('totals@example.com')[2]).toContain('\nRefunded in total: $25.00\n');
  });

  it('is sent again where it was taken back and is true again, whether it had been sent or not', async () => {
    await shop.tell('completed', { payment: 'flapping', at: 150 });
    await settled(app);
    const tell = (refunded: string) => shop.tell('partially_refunded', { payment: 'flapping', refunded });
    for (const refunded of ['10.00', '25.00', '10.00', '20.00', '25.00']) {
      await tell(refunded);
      await settled(app);
    }
    // This time it is taken back before it is sent.
    for (const refunded of ['30.00', '10.00', '30.00', '30.00']) {
      await tell(refunded);
      await worked(app);
    }
    await settled(app);
    expect(
      textsTo('flapping@example.com')
        .slice(1)
        .map((text) => /^Refunded.*$/m.exec(text)?.[0]),
    ).toEqual(['10.00', '25.00', '20.00', '25.00', '30.00'].map((amount) => `Refunded in total: $${amount}`));
    expect((await outcomes('flapping')).filter((outcome) => outcome !== 'refund_note sent')).toEqual([
      'receipt sent',
      'refund_note suppressed refund_failed',
    ]);
  });

  it('is sent again by its id where the refund failed and succeeded after all', async () => {
    const { payment, email, step, tell } = tellerOf('stripe', 'full-refund');
    const refunded = step('refund_succeeded');
    const later = (seconds: number, kind: StoryEvent['kind']): StoryEvent => ({
      ...{ ...refunded, kind, eventId: freshId('evt') },
      occurredAt: new Date(refunded.occurredAt.getTime() + seconds * 1_000),
    });
    await tell(step('succeeded'));
    for (const told of [refunded, later(1, 'refund_failed'), later(2, 'refund_succeeded')]) {
      await tell(told);
      await settled(app);
    }
    expect(textsTo(email).filter((text) => /Refunded/.test(text))).toHaveLength(2);
    const again = [later(3, 'refund_failed'), later(4, 'refund_succeeded'), later(4, 'refund_succeeded')];
    for (const told of again) await tell(told);
    await settled(app);
    expect((await outcomes(payment)).filter((outcome) => outcome === 'refund_note sent')).toHaveLength(3);
  });

  it('is not sent where the refund failed before it was told', async () => {
    const { payment, step, tell } = tellerOf('stripe', 'full-refund');
    await tell(step('succeeded'));
    const refunded = step('refund_succeeded');
    await tell(refunded);
    const later = new Date(refunded.occurredAt.getTime() + 1_000);
    await tell({ ...refunded, kind: 'refund_failed', eventId: freshId('evt'), occurredAt: later });
    await settled(app);
    expect(await outcomes(payment)).toEqual(['receipt sent', 'refund_note suppressed refund_failed']);
  });
});

describe('an alert about a payment that the gateway tries again', () => {
  const DAY_SECONDS = 86_400;

  /** A failed payment of an invoice, and the text of its alert. */
  async function alertOf(invoice: Record<string, unknown>): Promise<string | undefined> {
    const { payment, email, steps, tell } = tellerOf('stripe', 'failure');
    for (const told of steps) await tell(told);
    const event = {
      ...{ id: freshId('evt'), object: 'event', type: 'invoice.payment_failed', livemode: true },
      created: Math.floor(Date.now() / 1_000) - 60,
      data: { object: { id: 'in_1', object: 'invoice', payment_intent: payment, ...invoice } },
    };
    expect((await deliver(app, signed('stripe', event))).json.status).toBe('accepted');
    await settled(app);
    return textsTo(email).at(-1);
  }

  it('says when, in UTC, or that there is no further attempt; of what is unknown or over it says nothing', async () => {
    const next = Math.floor(Date.now() / 1_000) + 3 * DAY_SECONDS;
    const automatic = { collection_method: 'charge_automatically' };
    const day = new Date(next * 1_000).toLocaleDateString('en', { dateStyle: 'long', timeZone: 'UTC' });
    const planned = await alertOf({ ...automatic, next_payment_attempt: next });
    expect(planned).toMatch(/^Another automatic attempt is planned for .*, \d\d:\d\d UTC\.$/m);
    expect(planned).toContain(day);
    const last = await alertOf({ ...automatic, next_payment_attempt: null });
    expect(last).toMatch(/^No further automatic attempt is planned\.$/m);
    for (const untold of [
      { ...automatic, next_payment_attempt: Math.floor(Date.now() / 1_000) - DAY_SECONDS },
      { collection_method: 'send_invoice', next_payment_attempt: null },
      automatic,
    ]) {
      const alert = await alertOf(untold);
      expect(alert).toContain('did not go through');
      expect(alert).not.toMatch(/automatic attempt/);
    }
  });
});

/** A version that could not read Razorpay's messages yet. */
class DeafGateway extends RazorpayGateway {
  override dtoFor(): null {
    return null;
  }
}

describe('a kind that is switched', () => {
  it('on tells nothing of the past, nor of what is replayed silently; off, it does not send what waits', async () => {
    const database = await createTestDatabase();
    const environment = { SMTP_URL: mail.url, ALERT_SETTLE_SECONDS: '3600' };
    const past = gateways.map((gateway) => (gateway.name === 'razorpay' ? new DeafGateway() : gateway));
    const before = await startTestApp({ environment, databaseUrl: database.url, gateways: past });
    const earlier = new StandardSender(before.url);
    const { step } = tellerOf('stripe', 'partial-refunds');
    const { paymentId } = step('succeeded');
    await earlier.tell('completed', { payment: 'past' });
    await earlier.tell('failed', { payment: 'waiting' });
    const unread = story('razorpay', 'success');
    for (const told of unread) await deliver(before, signedStep('razorpay', told));
    for (const kind of ['succeeded', 'refund_created', 'refund_succeeded'] as const)
      await deliver(before, signedStep('stripe', step(kind)));
    await worked(before);
    await before.close();
    const after = await startTestApp({
      environment: { ...environment, MESSAGES: 'receipt,refund_note' },
      databaseUrl: database.url,
    });
    try {
      const later = new StandardSender(after.url);
      await later.tell('completed', { payment: 'past', at: 30 });
      const second = { ...step('refund_succeeded'), eventId: freshId('evt'), refundId: freshId('rfnd') };
      await deliver(after, signedStep('stripe', { ...second, refundAmount: '100' }));
      await settled(after);
      const replay = (options: object) =>
        ask(after, '/deliveries/replay', { method: 'POST', body: JSON.stringify(options) });
      const rehearsed = await replay({ status: 'ignored', dryRun: true, alerts: true });
      expect(rehearsed.json.summary).toBe('would change 1 payment, send 1 alert');
      await replay({ status: 'ignored' });
      await settled(after);
      expect(await outcomes(unread[0]?.paymentId ?? '', after)).toEqual([]);
      expect(await outcomes('past', after)).toEqual([]);
      expect(await outcomes('waiting', after)).toEqual(['payment_failed suppressed not_chosen']);
      expect(await outcomes(paymentId, after)).toEqual(['refund_note sent']);
    } finally {
      await after.close();
      await database.drop();
    }
  });
});
