import { jest } from '@jest/globals';
import type { DataSource } from 'typeorm';

interface Plan {
  'Node Type': string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  Plans?: Plan[];
}

/** How many rows the scans of the first statement on `table` read that `request` makes. The statement is run once more. */
export async function rowsReadOf(
  db: DataSource,
  table: string,
  request: () => Promise<void>,
): Promise<number> {
  const made: [string, unknown[]][] = [];
  const spy = jest.spyOn(db.logger, 'logQuery').mockImplementation((text, values) => {
    if (text.includes(`FROM "${table}"`)) made.push([text, (values ?? []) as unknown[]]);
  });
  await request();
  spy.mockRestore();
  const [statement] = made;
  if (!statement) throw new Error(`the request made no statement on ${table}`);
  const [text, values] = statement;
  const [row] = await db.query<[{ 'QUERY PLAN': [{ Plan: Plan }] }]>(
    `EXPLAIN (ANALYZE, FORMAT JSON) ${text}`,
    values,
  );
  return rowsRead(row['QUERY PLAN'][0].Plan);
}

const rowsRead = (plan: Plan): number =>
  (plan['Node Type'].includes('Scan')
    ? (plan['Actual Rows'] + (plan['Rows Removed by Filter'] ?? 0)) * plan['Actual Loops']
    : 0) + (plan.Plans ?? []).reduce((sum, inner) => sum + rowsRead(inner), 0);
