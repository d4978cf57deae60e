const ISO_TIME =
  /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.\d{1,9})?(?:Z|[+-](?:0\d|1\d|2[0-3]):[0-5]\d)$/;

/**
 * An ISO 8601 time with seconds and a zone (`Z` or `+05:30`), as JSON writers print it; null for anything else.
 * `Date` alone would read a time without a zone as ours, and the 30th of February as the 2nd of March.
 */
export function parseIsoTime(value: unknown): Date | null {
  if (typeof value !== 'string') return null;
  const [, day, clock] = ISO_TIME.exec(value) ?? [];
  if (day === undefined || clock === undefined) return null;
  const asWritten = new Date(`${day}T${clock}Z`);
  const exists = !Number.isNaN(asWritten.getTime()) && asWritten.toISOString().startsWith(`${day}T${clock}`);
  return exists ? new Date(value) : null;
}
