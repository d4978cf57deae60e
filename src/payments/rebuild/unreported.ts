import type { EntityManager } from 'typeorm';
import { createUnreported, insertUnreported } from '../recording/unreported.store.js';
import type { ReportSource } from './report-sources.js';

/**
 * Reads all deliveries and remembers those with a report that is not stored, in a temporary table. Returns how many
 * deliveries cannot be decrypted, by the reason. Their reports can be neither found nor compared.
 */
export async function findUnreported(
  manager: EntityManager,
  source: ReportSource,
): Promise<ReadonlyMap<string, number>> {
  const encrypted = new Map<string, number>();
  await createUnreported(manager);
  for (let after: string | null = null; ;) {
    const { next, readings } = await source.readPage(manager, after);
    await insertUnreported(
      manager,
      [...readings.values()].flatMap((reading) => (reading.kind === 'reports' ? reading.reports : [])),
    );
    for (const reading of readings.values())
      if (reading.kind === 'encrypted') encrypted.set(reading.why, (encrypted.get(reading.why) ?? 0) + 1);
    if (next === null) return encrypted;
    after = next;
  }
}
