import type { EntityManager } from 'typeorm';
import { createBulkInsert, timeOfId, toArrayLiteral } from '../feature.js';
import type { KnownWords } from './processing/advance-account.js';
import { compareWords } from './status/account-status.js';
import type { ToldWord } from './status/account-story.js';

/* Every statement on `account_words`. */

/** What identifies a word. */
export const nameOfWord = ({
  paymentId,
  reportId,
  kind,
}: Pick<ToldWord, 'paymentId' | 'reportId' | 'kind'>): string => `${paymentId} ${reportId} ${kind}`;

/** A word, and the account that it belongs to. */
export type StoredWord = ToldWord & { readonly accountId: string };

type Row = Omit<StoredWord, 'at' | 'recordedAt'> & { at: Date };

const WORD = `word.payment_id AS "paymentId", word.report_id AS "reportId", word.kind, word.account_id AS "accountId",
  word.at, word.rank, word.told`;

const toWord = (row: Row): StoredWord => ({
  ...row,
  at: row.at.getTime(),
  recordedAt: timeOfId(row.reportId).getTime(),
});

/** The stored words of these payments. */
export async function findWordsOfPayments(
  manager: EntityManager,
  paymentIds: readonly string[],
): Promise<StoredWord[]> {
  const rows = await manager.query<Row[]>(
    `SELECT ${WORD} FROM account_words word WHERE word.payment_id = ANY ($1)`,
    [toArrayLiteral(paymentIds)],
  );
  return rows.map(toWord);
}

/** So many of the newest words of an account say how it stands, and what is still to be told. */
export const MAX_WORDS = 200;

const NEWEST = `SELECT ${WORD} FROM unnest($1::uuid[]) AS given (id)
  CROSS JOIN LATERAL (
    SELECT * FROM account_words WHERE account_id = given.id ORDER BY at DESC LIMIT $2) AS word`;

/** The newest words of these accounts, oldest first, by the id of the account. */
export async function findNewestWords(
  manager: EntityManager,
  accountIds: readonly string[],
): Promise<ReadonlyMap<string, KnownWords>> {
  const byAccount = new Map<string, StoredWord[]>();
  if (accountIds.length === 0) return new Map();
  const rows = await manager.query<Row[]>(NEWEST, [toArrayLiteral(accountIds), MAX_WORDS + 1]);
  for (const word of rows.map(toWord)) {
    const others = byAccount.get(word.accountId);
    if (others) others.push(word);
    else byAccount.set(word.accountId, [word]);
  }
  return new Map(
    [...byAccount].map(([id, words]) => [
      id,
      { words: words.sort(compareWords).slice(-MAX_WORDS), isTruncated: words.length > MAX_WORDS },
    ]),
  );
}

const write = createBulkInsert(
  'account_words',
  {
    payment_id: 'uuid',
    report_id: 'uuid',
    kind: 'text',
    account_id: 'uuid',
    at: 'timestamptz',
    rank: 'smallint',
    told: 'jsonb',
  },
  { updateConflictOn: 'pk_account_words', updateColumns: ['account_id', 'at', 'rank', 'told'] },
);

/** Writes words, new ones whole. */
export async function saveWords(manager: EntityManager, words: readonly StoredWord[]): Promise<void> {
  await write(
    manager,
    words
      .toSorted((one, other) => (nameOfWord(one) < nameOfWord(other) ? -1 : 1))
      .map((word) => ({
        payment_id: word.paymentId,
        report_id: word.reportId,
        kind: word.kind,
        account_id: word.accountId,
        at: new Date(word.at),
        rank: word.rank,
        told: word.told,
      })),
  );
}

const DELETE = `DELETE FROM account_words word
  USING unnest($1::uuid[], $2::uuid[], $3::text[]) AS gone (payment_id, report_id, kind)
  WHERE word.payment_id = gone.payment_id AND word.report_id = gone.report_id AND word.kind = gone.kind`;

/** Removes words that their payments say no more. */
export async function deleteWords(manager: EntityManager, words: readonly StoredWord[]): Promise<void> {
  if (words.length === 0) return;
  await manager.query(DELETE, [
    toArrayLiteral(words.map(({ paymentId }) => paymentId)),
    toArrayLiteral(words.map(({ reportId }) => reportId)),
    toArrayLiteral(words.map(({ kind }) => kind)),
  ]);
}

/** Removes every word of these accounts. */
export async function deleteWordsOfAccounts(
  manager: EntityManager,
  accountIds: readonly string[],
): Promise<void> {
  await manager.query(`DELETE FROM account_words WHERE account_id = ANY ($1)`, [toArrayLiteral(accountIds)]);
}
