import type { PaymentReport } from '../../payments/index.js';
import { createMessage } from '../../webhooks/gateways/evidence.js';
import type { VerifiedMessage } from '../../webhooks/gateways/gateway.js';
import { interpretMessage, type InterpretedMessage } from '../../webhooks/message/interpret-message.js';
import { bodyParser } from '../../webhooks/message/parse-body.js';
import type { StoryEvent } from '../gateway-simulator.js';
import type { GatewaySubject } from './subject.js';
import { evidenceOf, NOW, requestOf, secretsOf } from './subject.js';

/** The event as a verified message that was signed at `signedAt` and received at {@link NOW}. */
export function messageOf(subject: GatewaySubject, event: StoryEvent, signedAt = NOW): VerifiedMessage {
  const [secret] = secretsOf(subject);
  const { raw, headers } = evidenceOf(subject, requestOf(subject, event, secret, signedAt), [secret]);
  return withBody(
    subject,
    createMessage({ raw, headers, receivedAt: NOW, settings: subject.settings ?? {} }),
    raw,
  );
}

export const withBody = (
  { gateway }: GatewaySubject,
  message: VerifiedMessage,
  raw: Buffer,
): VerifiedMessage => ({
  ...message,
  raw,
  body: bodyParser(message.headers['content-type'], gateway)(raw),
});

export const interpret = (subject: GatewaySubject, event: StoryEvent, signedAt?: Date): InterpretedMessage =>
  interpretMessage(subject.gateway, messageOf(subject, event, signedAt));

/** Whether a report tells of the event: the kind and the payment are the event's. */
export const isReportOf =
  ({ kind, paymentId }: StoryEvent) =>
  (report: PaymentReport): boolean =>
    report.kind === kind && report.gatewayPaymentId === paymentId;

/** The event in the words of an assertion. */
export const describeEvent = ({ kind, paymentId, eventId }: StoryEvent): string =>
  `${kind} of ${paymentId} (${eventId})`;
