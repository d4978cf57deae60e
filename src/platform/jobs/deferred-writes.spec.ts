import { describe, expect, it } from '@jest/globals';
import { DeferredWrites } from './deferred-writes.js';

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
    const owed = new DeferredWrites();
    await owed.writeOrDefer(write('first'));
    await owed.writeOrDefer(write('second'));
    await expect(owed.flush()).rejects.toThrow();
    state.away = false;
    await owed.flush();
    await owed.flush();
    expect(state.written).toEqual(['first', 'second']);
  });

  it('hold only what may succeed later: a fault of the statement is told at once, and stops no other', async () => {
    const { state, write } = database();
    const owed = new DeferredWrites();
    const wrong = async (): Promise<void> => {
      throw state.away ? away() : Object.assign(new Error('wrong'), { code: '22021' });
    };
    await owed.writeOrDefer(wrong);
    await owed.writeOrDefer(write('after it'));
    state.away = false;
    await owed.flush();
    expect(state.written).toEqual(['after it']);
    await expect(owed.writeOrDefer(wrong)).rejects.toThrow('wrong');
  });
});
