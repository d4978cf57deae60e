/** Ids of what is wrong with the log of events, over all rounds so far. Nothing waits to be published when they are asked. */
export const EVENT_VIOLATIONS: readonly ['wrong' | 'duplicated', string, string][] = [
  [
    'wrong',
    'an event has no place in the log',
    `SELECT id::text AS what FROM domain_events WHERE id NOT IN (SELECT unnest(event_ids) FROM event_log)`,
  ],
  [
    'duplicated',
    'an event has two places in the log',
    `SELECT id::text AS what FROM event_log CROSS JOIN unnest(event_ids) AS id GROUP BY id HAVING count(*) > 1`,
  ],
  [
    'wrong',
    'the events of a subject are not counted in the order of the log',
    `SELECT subject_id::text AS what FROM (
       SELECT event.subject_id, place.sequence,
         row_number() OVER (PARTITION BY event.subject_id ORDER BY log.position, place.at) AS nth
       FROM event_log log CROSS JOIN unnest(log.event_ids, log.sequences) WITH ORDINALITY AS place (id, sequence, at)
       JOIN domain_events event USING (id)) AS placed
     WHERE sequence <> nth`,
  ],
  [
    'wrong',
    'the positions of the log have a gap',
    `SELECT position::text AS what FROM (
       SELECT position, cardinality(event_ids) AS events, lag(position, 1, 0::bigint) OVER (ORDER BY position) AS before
       FROM event_log) AS row WHERE position - events <> before`,
  ],
];
