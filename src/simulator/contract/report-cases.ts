import assert from 'node:assert/strict';
import { foldReports, type OrderedReport, type PaymentReport } from '../../payments/index.js';
import { isValidHint, MAX_CLOCK_AHEAD_MS } from '../../webhooks/gateways/gateway.js';
import type { MessageContent } from '../../webhooks/message/interpret-message.js';
import type { StoryEvent, StoryStep } from '../gateway-simulator.js';
import { shuffle } from '../tampering.js';
import { describeEvent, interpret, isReportOf } from './reading.js';
import type { ContractCase, GatewaySubject } from './subject.js';
import { eventsOf, NOW, storiesOf } from './subject.js';

/** How many orders a story is told in. */
const ORDERS = 12;

/** A gateway may count whole seconds, so a time is tried this far from the limit. */
const CLOCK_MARGIN_MS = 60_000;

/** The kinds that customers are told of and merchants ship by: without an amount, neither is possible. */
const KINDS_WITH_AMOUNT: readonly StoryStep[] = ['succeeded', 'failed'];

/** What messages say of payments. */
export function reportCases(subject: GatewaySubject): readonly ContractCase[] {
  return [...contentCases(subject), ...timeCases(subject)];
}

function contentCases(subject: GatewaySubject): readonly ContractCase[] {
  return [
    {
      name: 'tell of the payment that they are about, at the time that the gateway says',
      run() {
        for (const event of storiesOf(subject).flat()) {
          const { content } = interpret(subject, event);
          if (content.kind === 'hint') assert.ok(isValidHint(content.hint), describeEvent(event));
          else assert.equal(content.kind, 'reports', JSON.stringify(content));
          if (content.kind !== 'reports') continue;
          assert.equal(content.issues, undefined);
          const { occurredAt } = reportOf(content, event);
          // Some gateways count whole seconds.
          assert.ok(Math.abs(occurredAt.getTime() - event.occurredAt.getTime()) < 1000, describeEvent(event));
        }
      },
    },
    {
      name: 'tell the amounts, the currency and the order of the payment, or leave them null',
      run() {
        for (const event of storiesOf(subject).flat()) {
          const { content } = interpret(subject, event);
          if (content.kind !== 'reports') continue;
          const report = reportOf(content, event);
          for (const [field, [actual, expected]] of Object.entries(toldValues(report, event)))
            if (actual !== null)
              assert.equal(
                actual,
                expected,
                `${field} of ${describeEvent(event)}: ${actual}, not ${expected}`,
              );
          if (KINDS_WITH_AMOUNT.includes(event.kind))
            assert.notEqual(report.amount, null, `no amount of ${describeEvent(event)}`);
          if (report.amount !== null)
            assert.notEqual(report.currency, null, `no currency of ${describeEvent(event)}`);
        }
      },
    },
    {
      name: 'come to the same payment in every order',
      run() {
        for (const story of storiesOf(subject)) {
          const reports = story.flatMap((event) => orderedReportsOf(subject, event));
          if (reports.length === 0) continue;
          const { projection } = foldReports(reports);
          for (let seed = 0; seed < ORDERS; seed++)
            assert.deepEqual(foldReports(shuffle(reports, seed)).projection, projection);
        }
      },
    },
  ];
}

function timeCases(subject: GatewaySubject): readonly ContractCase[] {
  const readAt = (event: StoryEvent, aheadMs: number): MessageContent =>
    interpret(subject, { ...event, occurredAt: new Date(NOW.getTime() + aheadMs) }).content;
  return [
    {
      name: 'are an issue, and no report, where their time is more than 5 minutes after receipt',
      run() {
        for (const event of eventsOf(subject)) {
          const content = readAt(event, MAX_CLOCK_AHEAD_MS + CLOCK_MARGIN_MS);
          if (content.kind === 'hint') continue;
          const issues = 'issues' in content ? (content.issues ?? []) : [];
          assert.ok(issues.length > 0, `no issue of ${describeEvent(event)}`);
          if (content.kind !== 'reports') continue;
          assert.ok(!content.reports.some(isReportOf(event)), `a report of ${describeEvent(event)}`);
        }
      },
    },
    {
      name: "are reported where the gateway's clock is less than 5 minutes ahead",
      run() {
        for (const event of eventsOf(subject)) {
          const content = readAt(event, MAX_CLOCK_AHEAD_MS - CLOCK_MARGIN_MS);
          if (content.kind !== 'hint') reportOf(content, event);
        }
      },
    },
  ];
}

/** The report that tells of the event. Throws an AssertionError where there is none. */
function reportOf(content: MessageContent, event: StoryEvent): PaymentReport {
  const reports = content.kind === 'reports' ? content.reports : [];
  const report = reports.find(isReportOf(event));
  assert.ok(report, `no report of ${describeEvent(event)}`);
  return report;
}

type Told = Readonly<Record<string, readonly [actual: string | null, expected: string | undefined]>>;

/** Each value that the report may tell, beside the event's value. */
function toldValues(report: PaymentReport, event: StoryEvent): Told {
  const { amount, currency, orderId, capturedAmount = amount } = event;
  const { dispute } = report;
  const refund = report.refunds.find(({ id }) => id === event.refundId);
  return {
    amount: [report.amount, amount],
    currency: [report.currency, currency],
    orderId: [report.orderId, orderId],
    ...(event.kind === 'succeeded' && { amountCaptured: [report.amountCaptured, capturedAmount] }),
    ...(event.refundId && { refundedTotal: [report.refundedTotal, event.refundedTotal] }),
    ...(refund && { 'amount of the refund': [refund.amount, event.refundAmount] }),
    ...(dispute && { 'amount of the dispute': [dispute.amount, capturedAmount] }),
    ...(dispute && { 'currency of the dispute': [dispute.currency, currency] }),
  };
}

function orderedReportsOf(subject: GatewaySubject, event: StoryEvent): OrderedReport[] {
  const { key, eventId, content } = interpret(subject, event);
  if (content.kind !== 'reports' || key === null) return [];
  return content.reports.map((report, at) => ({ ...report, key: `${key}#${at}`, eventId: eventId ?? key }));
}
