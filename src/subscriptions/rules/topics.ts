import type { LoggedEvent, Mode } from '../../feature.js';

/** What a subscription asks for, beside the names of events. A member that is null asks for nothing. */
export interface SubscriptionFilter {
  readonly gateway: string | null;
  readonly account: string | null;
  readonly mode: Mode;
  readonly merchant: string | null;
}

/**
 * Whether an event is sent. An event that does not tell its gateway, such as that of an order, is not sent where a gateway
 * is asked for: a filter never lets more through than it says.
 */
export function isWanted(
  { topics, filter }: { topics: readonly string[]; filter: SubscriptionFilter },
  event: Pick<LoggedEvent, 'type' | 'data'>,
): boolean {
  const { gateway, account, mode, merchant } = event.data;
  return (
    topics.some((topic) => isTopicOf(topic, event.type)) &&
    (mode ?? 'live') === filter.mode &&
    (filter.gateway === null || gateway === filter.gateway) &&
    (filter.account === null || account === filter.account) &&
    (filter.merchant === null || merchant === filter.merchant)
  );
}

/** A topic is the name of an event, all events of a subject (`payment.*`), or all (`*`). */
const isTopicOf = (topic: string, name: string): boolean =>
  topic === '*' || (topic.endsWith('.*') ? name.startsWith(topic.slice(0, -1)) : topic === name);
