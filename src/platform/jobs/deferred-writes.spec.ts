import { describe, expect, it } from '@jest/globals';
import { OwedWrites } from './deferred-writes.js';

const away = (): Error => Object.assign(new Error(), { code: 'ECONNREFUSED' });

/** A database that can be away; what it was given stands in `written`. */
function database() {
  const written: string[] = [];
  const state = { away: true, written };
  const write = (what: string) => async (): Promise<void> => {
    if (state.away) throw away();
    written.push(what);
  };
  return { state, write };
}

describe('owed writes', () => {
  it('are made in their order once the database is there, and once', async () => {
    const { state, write } = database();
    const owed = new OwedWrites();
    await owed.write(write('first'));
    await owed.write(write('second'));
    await expect(owed.settle()).rejects.toThrow();
    state.away = false;
    await owed.settle();
    await owed.settle();
    expect(state.written).toEqual(['first', 'second']);
  });

  it('hold only what may succeed later: a fault of the statement is told at once, and stops no other', async () => {
    const { state, write } = database();
    const owed = new OwedWrites();
    const wrong = async (): Promise<void> => {
      throw state.away ? away() : Object.assign(new Error('wrong'), { code: '22021' });
    };
    await owed.write(wrong);
    await owed.write(write('after it'));
    state.away = false;
    await owed.settle();
    expect(state.written).toEqual(['after it']);
    await expect(owed.write(wrong)).rejects.toThrow('wrong');
  });
});
