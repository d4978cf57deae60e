import { describe, expect, it } from '@jest/globals';
import { DeferredWrites } from './deferred-writes.js';

const unavailableError = (): Error => Object.assign(new Error(), { code: 'ECONNREFUSED' });

/** A database that may be unavailable. `written` holds what it was given while it was available. */
function database() {
  const written: string[] = [];
  const state = { available: false, written };
  const write = (what: string) => async (): Promise<void> => {
    if (!state.available) throw unavailableError();
    written.push(what);
  };
  return { state, write };
}

describe('deferred writes', () => {
  it('are made once and in their order when the database is available again', async () => {
    const { state, write } = database();
    const writes = new DeferredWrites();
    await writes.writeOrDefer(write('first'));
    await writes.writeOrDefer(write('second'));
    await expect(writes.flush()).rejects.toThrow();
    state.available = true;
    await writes.flush();
    await writes.flush();
    expect(state.written).toEqual(['first', 'second']);
  });

  it('keep only what may succeed later: an error of the statement itself rejects at once, and stops no other', async () => {
    const { state, write } = database();
    const writes = new DeferredWrites();
    const wrong = async (): Promise<void> => {
      throw !state.available ? unavailableError() : Object.assign(new Error('wrong'), { code: '22021' });
    };
    await writes.writeOrDefer(wrong);
    await writes.writeOrDefer(write('after it'));
    state.available = true;
    await writes.flush();
    expect(state.written).toEqual(['after it']);
    await expect(writes.writeOrDefer(wrong)).rejects.toThrow('wrong');
  });
});
