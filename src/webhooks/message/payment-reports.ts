import { PaymentReported } from '../../payments/index.js';
import { type InterpretedMessage, suffixOf } from './interpret-message.js';

/** The delivery that reports come from, by column name. */
export interface ReportOrigin {
  id: string;
  gateway: string;
  account: string;
  key: string;
  event_id: string | null;
  received_at: Date;
  replay: boolean;
  silent: boolean;
}

/**
 * What a message reports, as events for payments; empty for a message that reports nothing. Pure. A report is known by
 * its key, which follows from the event in the body and not from the order of arrival: when better code interprets a
 * stored body again, it adds the reports that were invalid before and repeats none.
 */
export function toPaymentReports(origin: ReportOrigin, { content }: InterpretedMessage): PaymentReported[] {
  if (content.kind !== 'reports') return [];
  return content.reports.map((report, at) => {
    const { event, suffix } = content.keys?.[at] ?? { event: null, suffix: suffixOf(at) };
    return new PaymentReported(
      origin.id,
      origin.id,
      {
        gateway: origin.gateway,
        account: origin.account,
        deliveryId: origin.id,
        key: (event ?? origin.key) + suffix,
        eventId: event ?? origin.event_id ?? origin.key,
        receivedAt: origin.received_at,
        replay: origin.replay,
        report,
      },
      origin.silent,
    );
  });
}
