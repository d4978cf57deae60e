import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { findOrderIdsOfPayments, type Page, toPage } from '../../feature.js';
import {
  fetchEntries,
  findBalances,
  findEntries,
  findRange,
  type ListedEntry,
  openEntryCursor,
} from './ledger-list.store.js';
import { CSV_HEADER, toCsv } from './ledger-csv.js';
import type { LedgerBalancesQuery, LedgerEntriesQuery } from './ledger.query.js';
import { type LedgerBalancesView, type LedgerEntryView, toEntryView } from './ledger.view.js';

/** Entries that are in memory at a time while they are exported: about 1 MB. */
const EXPORT_BATCH_SIZE = 1_000;

/** Reads the books for the API. Writes nothing. */
@Injectable()
export class LedgerReader {
  constructor(private readonly db: DataSource) {}

  /** One page of entries, newest first. */
  async list(query: LedgerEntriesQuery): Promise<Page<LedgerEntryView>> {
    const { manager } = this.db;
    const range = await findRange(manager, query);
    const below = earlier(range.below, query.cursor ?? null);
    const found = await findEntries(manager, { ...range, below }, query.limit + 1);
    const orders = await ordersOf(manager, found);
    return toPage(found, query.limit, (entry) => toEntryView(entry, orders));
  }

  async balances(query: LedgerBalancesQuery): Promise<LedgerBalancesView> {
    return { items: await findBalances(this.db.manager, query) };
  }

  /**
   * The entries as CSV, a header first. All of it is of one moment: one transaction reads them by a cursor, some at a time,
   * as the reader takes them. The transaction ends when the reader is done or goes away.
   */
  async *export(query: LedgerEntriesQuery): AsyncGenerator<string> {
    const session = this.db.createQueryRunner();
    try {
      await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      await openEntryCursor(session.manager, await findRange(session.manager, query));
      yield CSV_HEADER;
      for (;;) {
        const entries = await fetchEntries(session.manager, EXPORT_BATCH_SIZE);
        if (entries.length === 0) break;
        const orders = await ordersOf(session.manager, entries);
        yield toCsv(entries.map((entry) => toEntryView(entry, orders)));
      }
    } finally {
      await session.query('ROLLBACK').catch(() => undefined);
      await session.release();
    }
  }
}

const ordersOf = (
  manager: EntityManager,
  entries: readonly ListedEntry[],
): Promise<ReadonlyMap<string, string>> =>
  findOrderIdsOfPayments(manager, [...new Set(entries.map(({ paymentId }) => paymentId))]);

const earlier = (one: string | null, other: string | null): string | null =>
  one === null || (other !== null && other < one) ? other : one;
