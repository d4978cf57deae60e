import type { OneDatabase } from '../bench-database.js';

export interface RelationWal {
  relation: string;
  /** As PostgreSQL names it: INSERT, LOCK, INSERT_LEAF. */
  kind: string;
  records: number;
  bytes: number;
  /** Of the bytes, whole pages that were written for the first time since a checkpoint. */
  pageBytes: number;
}

/**
 * What a part of the log was written for, by table, index and kind of record, the most first. A record counts for the first relation
 * that it changes. Needs the extension `pg_walinspect` and a superuser, as the embedded PostgreSQL has them.
 */
export async function walByRelation(database: OneDatabase, from: number, to: number): Promise<RelationWal[]> {
  await database.query('CREATE EXTENSION IF NOT EXISTS pg_walinspect');
  return database.query<RelationWal>(BY_RELATION, [from, to]);
}

const BY_RELATION = `
  SELECT coalesce(class.relname, 'of no relation here') AS relation, wal.kind, count(*)::float8 AS records,
    sum(wal.record_length)::float8 AS bytes, sum(wal.fpi_length)::float8 AS "pageBytes"
  FROM (
    SELECT record.record_type AS kind, record.record_length, record.fpi_length, block.relfilenode
    FROM pg_get_wal_records_info('0/0'::pg_lsn + $1::numeric, '0/0'::pg_lsn + $2::numeric) AS record
      LEFT JOIN pg_get_wal_block_info('0/0'::pg_lsn + $1::numeric, '0/0'::pg_lsn + $2::numeric, false) AS block
        ON block.start_lsn = record.start_lsn AND block.block_id = 0
  ) AS wal LEFT JOIN pg_class AS class ON pg_relation_filenode(class.oid) = wal.relfilenode
  GROUP BY 1, 2 ORDER BY bytes DESC`;
