/**
 * The day on which each Node line gets its last security fix, as the Node project publishes it:
 * https://github.com/nodejs/Release/blob/main/schedule.json. Lines before 20 do not run Payhook (`engines` in package.json).
 */
const END_OF_LIFE: Readonly<Record<number, string>> = {
  20: '2026-04-30',
  21: '2024-06-01',
  22: '2027-04-30',
  23: '2025-06-01',
  24: '2028-04-30',
  25: '2026-06-01',
  26: '2029-04-30',
};

/**
 * A sentence for the operator where the Node line of `version` ("20.19.0") gets no security fixes any more at `now`; null
 * where it does, and for a line that this table does not know.
 */
export function endOfLifeWarning(version: string, now: Date): string | null {
  const line = Number(version.split('.', 1)[0]);
  const end = END_OF_LIFE[line];
  if (end === undefined || now < new Date(`${end}T23:59:59.999Z`)) return null;
  return `Node ${line} has had no security fixes since ${end}: run Payhook on Node 24 or 26`;
}
