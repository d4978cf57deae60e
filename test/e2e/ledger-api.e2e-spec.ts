import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DataSource } from 'typeorm';
import { ask, deliver, freshId, signed, standardBody } from '../support/requests.js';
import { API_KEY, startTestApp, until, type Json, type TestApp } from '../support/test-app.js';

let app: TestApp;
let between: string;
const ORDER = '=1+"1", and more';
beforeAll(async () => {
  app = await startTestApp();
  for (const change of [{ orderId: ORDER }, { currency: 'JPY', amount: 7 }])
    await deliver(
      app,
      signed('standard', standardBody({ paymentId: freshId('pay'), amount: 10, ...change })),
    );
  await app.quiet();
  // A balance of then counts what was booked in its millisecond: the next payment is booked in a later one.
  between = new Date().toISOString();
  await until(() => Promise.resolve(Date.now() > Date.parse(between) + 1), 'the next millisecond');
  await deliver(app, signed('standard', standardBody({ paymentId: freshId('pay'), amount: 5 })));
  await app.quiet();
});
afterAll(() => app.close());

const csv = async (query = ''): Promise<string[]> => {
  const heard = await ask(app, `/ledger/entries.csv${query}`);
  expect(heard.headers.get('content-type')).toBe('text/csv; charset=utf-8; header=present');
  expect(heard.text.endsWith('\r\n')).toBe(true);
  return heard.text.split('\r\n').slice(0, -1);
};

const HEADER =
  'id,transaction,ledgerAccount,direction,amount,amountDecimal,currency,mode,merchant,paymentId,orderId,cause,causeId,occurredAt,bookedAt,corrects';

describe('GET /ledger/entries.csv', () => {
  it('has a header, and a line for each entry of the list, in its order', async () => {
    const { items } = await app.get('/ledger/entries');
    const [header, ...lines] = await csv();
    expect(header).toBe(HEADER);
    expect(lines.map((line) => line.split(',')[0])).toEqual(items.map(({ id }: Json) => id));
  });

  it('shows amounts in minor units and in the digits of their currency', async () => {
    const amounts = (await csv()).map((line) => line.split(',').slice(4, 7).join(' '));
    expect(new Set(amounts)).toEqual(
      new Set(['amount amountDecimal currency', '1000 10.00 USD', '7 7 JPY', '500 5.00 USD']),
    );
  });

  it('makes no formula of what a gateway or a customer wrote', async () => {
    const lines = await csv(`?orderId=${encodeURIComponent(ORDER)}`);
    expect(lines).toHaveLength(3);
    expect(lines[1]).toContain(`,"'=1+""1"", and more",`);
  });

  it('has a header alone where nothing matches', async () => {
    expect(await csv('?mode=test')).toEqual([HEADER]);
    expect(await csv('?ledgerAccount=nothing')).toEqual([HEADER]);
  });

  it('ends its transaction when the client goes away', async () => {
    const db = app.app.get(DataSource);
    const open = async (): Promise<number> => {
      const [row] = await db.query<{ n: number }[]>(
        `SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = current_database()
           AND state = 'idle in transaction' AND query LIKE '%ledger%'`,
      );
      return row?.n ?? 0;
    };
    for (let nth = 0; nth < 5; nth++) {
      const gone = new AbortController();
      const answer = await fetch(`${app.url}/ledger/entries.csv`, {
        headers: { authorization: `Bearer ${API_KEY}` },
        signal: gone.signal,
      });
      expect(answer.status).toBe(200);
      gone.abort();
    }
    await until(async () => (await open()) === 0, 'the transactions to end');
  });
});

describe('GET /ledger/entries', () => {
  it('goes through all pages, each entry once', async () => {
    const { items: all } = await app.get('/ledger/entries');
    const seen: string[] = [];
    let cursor = '';
    do {
      const page: Json = await app.get(`/ledger/entries?limit=1${cursor && `&cursor=${cursor}`}`);
      seen.push(...page.items.map(({ id }: Json) => id));
      cursor = page.nextCursor ?? '';
    } while (cursor !== '');
    expect(seen).toEqual(all.map(({ id }: Json) => id));
  });

  it.each([
    ['ledgerAccount=revenue', 3],
    ['gateway=standard&account=default', 6],
    ['gateway=stripe', 0],
    ['mode=test', 0],
    ['merchant=acct_1', 0],
    ['orderId=unknown', 0],
    ['paymentId=019abf6e-5c00-7000-8000-000000000001', 0],
    ['to=2020-01-01', 0],
    ['from=2020-01-01', 6],
  ])('with %s lists %i entries', async (query, count) => {
    expect((await app.get(`/ledger/entries?${query}`)).items).toHaveLength(count);
  });

  it.each(['mode=both', 'paymentId=x', 'from=yesterday', 'colour=red', 'limit=201'])(
    'refuses %s',
    async (query) => {
      expect((await ask(app, `/ledger/entries?${query}`)).status).toBe(400);
    },
  );
});

describe('GET /ledger/balances', () => {
  const balances = async (query = ''): Promise<string[]> =>
    (await app.get(`/ledger/balances${query}`)).items.map(
      ({ ledgerAccount, currency, balance }: Json) => `${ledgerAccount} ${currency} ${balance}`,
    );
  const JPY = ['gateway:standard:default JPY 7', 'revenue JPY -7'];

  it('shows what every account holds now', async () => {
    const usd = ['gateway:standard:default USD 1500', 'revenue USD -1500'];
    expect(await balances()).toEqual([...JPY, ...usd]);
    expect(await balances('?currency=USD&mode=live')).toEqual(usd);
    expect(await balances('?mode=test')).toEqual([]);
  });

  it('shows what they held at an earlier time', async () => {
    const usd = ['gateway:standard:default USD 1000', 'revenue USD -1000'];
    expect(await balances(`?at=${between}`)).toEqual([...JPY, ...usd]);
    expect(await balances('?at=2020-01-01')).toEqual([]);
  });
});
