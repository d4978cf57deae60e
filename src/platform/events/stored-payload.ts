import type { DomainEvent, DomainEventClass } from './domain-event.js';

/*
 * How payloads are stored. Most events come in pairs, such as `payment.created` and `payment.succeeded`, and say the same
 * about their subject. So the last event of one subject and cause holds the payload of those before it, and fields with
 * their default are left out.
 */

/** A payload from the row of its event, or from the row that holds it. `event` names the row in the statement. */
export const PAYLOAD_SQL = `coalesce(event.payload, (
  SELECT holder.payload FROM domain_events holder
  WHERE holder.subject_id = event.subject_id AND holder.cause_id = event.cause_id AND holder.id > event.id
    AND holder.payload IS NOT NULL ORDER BY holder.id LIMIT 1))`;

/** The payload as it is stored. */
export function packPayload({ payload, constructor }: DomainEvent<object>): object {
  const { defaults } = constructor as unknown as DomainEventClass;
  const packed: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(payload)) if (value !== defaults[name]) packed[name] = value;
  return packed;
}

/** The event of a stored row. The payload of an earlier version has all fields, and keeps them. */
export const restoreEvent = <E extends DomainEvent<object>>(
  event: DomainEventClass<E>,
  row: { subject_id: string; cause_id: string; silent: boolean; payload: object },
): E => new event(row.subject_id, row.cause_id, { ...event.defaults, ...row.payload }, row.silent);

/** Whether the next event can hold the payload of this one. */
export const isHeldBy = (event: DomainEvent<object>, next: DomainEvent<object> | undefined): boolean =>
  next !== undefined &&
  next.payload === event.payload &&
  next.subjectId === event.subjectId &&
  next.causeId === event.causeId &&
  (next.constructor as unknown as DomainEventClass).defaults ===
    (event.constructor as unknown as DomainEventClass).defaults;
