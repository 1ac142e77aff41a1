import { describe, expect, it } from 'vitest';
import { BelfryError } from '../../../../src/base/error.ts';
import { type Beneath, type Prepared, Transactions } from '../../../../src/spool/lmdb/disk/transactions.ts';

/** A database that keeps count of its transactions, and fails as it is told. */
function database() {
  const written: string[][] = [];
  let current: string[] = [];
  const told = { fail: undefined as string | undefined, broken: undefined as string | undefined, full: false };
  const beneath: Beneath = {
    environment: {
      async batch(action) {
        current = [];
        action();
        if (told.fail !== undefined) {
          // The reason comes in a promise of its own, as that of lmdb-js does.
          const commitError = Promise.reject(new Error(told.fail));
          await Promise.resolve();
          throw Object.assign(new Error('Commit failed (see commitError for details)'), { commitError });
        }
        written.push(current);
        return true;
      },
      resetReadTxn() {},
      transactionSync(action) {
        if (told.broken !== undefined) throw new Error(told.broken);
        return action();
      },
    },
    room: {
      ensure() {
        if (told.full) throw new BelfryError('SPOOL_IO', 'the disk is full');
      },
    },
    memory: { touched() {} },
  };
  const transactions = new Transactions(beneath);
  const step = (text: string): (() => Prepared<string>) => {
    return () => ({ write: { growth: 1, put: () => current.push(text) }, done: () => `${text} done` });
  };
  return { written, told, transactions, step };
}

describe('transactions', () => {
  it('take together what is asked for together, but the steps of one key one after the other', async () => {
    const { transactions, written, step } = database();
    const answers = ['a', 'b', 'a', 'c', 'a'].map((key, i) => transactions.run(key, step(`${key}${i}`)));
    expect(await Promise.all(answers)).toEqual(['a0 done', 'b1 done', 'a2 done', 'c3 done', 'a4 done']);
    expect(written).toEqual([['a0', 'b1', 'c3'], ['a2'], ['a4']]);
  });

  it('let a step without key be alone, and nothing overtake it', async () => {
    const { transactions, written, step } = database();
    const keys = ['a', undefined, 'b', undefined, 'c', 'd'];
    await Promise.all(keys.map((key, i) => transactions.run(key, step(`${i}`))));
    expect(written).toEqual([['0'], ['1'], ['2'], ['3'], ['4', '5']]);
  });

  it('fail a step that cannot be prepared, and no other', async () => {
    const { transactions, written, step } = database();
    const wrong = transactions.run('x', () => {
      throw new Error('nobody knows x');
    });
    const right = transactions.run('y', step('y'));
    await expect(wrong).rejects.toThrow('nobody knows x');
    expect(await right).toBe('y done');
    expect(written).toEqual([['y']]);
  });

  it('need none when there is nothing to write', async () => {
    const { transactions, written } = database();
    expect(await transactions.run('a', () => ({ done: () => 5 }))).toBe(5);
    expect(written).toEqual([]);
  });

  it('fail with the reason of the database, and work again when it does', async () => {
    const { transactions, written, told, step } = database();
    told.fail = 'MDB_PROBLEM: Input/output error';
    const failed = await Promise.allSettled([transactions.run('a', step('a')), transactions.run('b', step('b'))]);
    const reason = expect.objectContaining({
      code: 'SPOOL_IO',
      message: expect.stringContaining('MDB_PROBLEM: Input/output error'),
    });
    expect(failed).toEqual([
      { status: 'rejected', reason },
      { status: 'rejected', reason },
    ]);
    told.fail = undefined;
    expect(await transactions.run('a', step('a'))).toBe('a done');
    expect(written).toEqual([['a']]);
  });

  it('are not tried any more when the database refuses them for good', async () => {
    const { transactions, written, told, step } = database();
    told.fail = 'Input/output error';
    told.broken = 'MDB_PANIC: Update of meta page failed';
    await expect(transactions.run('a', step('a'))).rejects.toThrow('Input/output error');
    told.fail = undefined;
    await expect(transactions.run('a', step('a'))).rejects.toThrow(/MDB_PANIC.*restarted/);
    await transactions.idle();
    expect(written).toEqual([]);
  });

  it('are not tried when the disk has no room', async () => {
    const { transactions, written, told, step } = database();
    told.full = true;
    await expect(transactions.run('a', step('a'))).rejects.toThrow('the disk is full');
    told.full = false;
    expect(await transactions.run('a', step('a'))).toBe('a done');
    expect(written).toEqual([['a']]);
  });
});
