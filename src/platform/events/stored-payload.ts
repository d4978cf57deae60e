import type { DomainEvent, DomainEventClass } from './domain-event.js';

/*
 * How payloads are stored. Most events come in pairs, such as `payment.created` and `payment.succeeded`, and say the same
 * about their subject. So the last event of one subject and cause holds the payload of those before it. Fields with their
 * default are left out, and so are fields that equal another one.
 */

/** A payload from the row of its event, or from the row that holds it. `event` names the row in the statement. */
export const PAYLOAD_SQL = `coalesce(event.payload, (
  SELECT holder.payload FROM domain_events holder
  WHERE holder.subject_id = event.subject_id AND holder.cause_id = event.cause_id AND holder.id > event.id
    AND holder.payload IS NOT NULL ORDER BY holder.id LIMIT 1))`;

/** The payload as it is stored. */
export function packPayload({ payload, subjectId, constructor }: DomainEvent<object>): object {
  const { defaults, copies } = constructor as unknown as DomainEventClass;
  const fields: Readonly<Record<string, unknown>> = { subjectId, ...payload };
  const packed: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(payload)) {
    const original = copies[name];
    const usual = original === undefined ? defaults[name] : fields[original];
    if (value !== usual) packed[name] = value;
  }
  return packed;
}

/** The event of a stored row. The payload of an earlier version has all fields, and keeps them. */
export function restoreEvent<E extends DomainEvent<object>>(
  event: DomainEventClass<E>,
  row: { subject_id: string; cause_id: string; silent: boolean; payload: object },
): E {
  const payload: Record<string, unknown> = { ...event.defaults, ...row.payload };
  const fields: Readonly<Record<string, unknown>> = { subjectId: row.subject_id, ...payload };
  for (const [name, original] of Object.entries(event.copies))
    if (!(name in payload)) payload[name] = fields[original];
  return new event(row.subject_id, row.cause_id, payload, row.silent);
}

/** Whether the next event can hold the payload of this one. */
export function isHeldBy(event: DomainEvent<object>, next: DomainEvent<object> | undefined): boolean {
  if (next?.payload !== event.payload) return false;
  if (next.subjectId !== event.subjectId || next.causeId !== event.causeId) return false;
  const [one, other] = [event, next].map(({ constructor }) => constructor as unknown as DomainEventClass);
  return one?.defaults === other?.defaults && one?.copies === other?.copies;
}
