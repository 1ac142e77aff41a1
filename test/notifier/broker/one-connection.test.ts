/** One connection for all calls: who gets which, and what becomes of it when it is given up. */
import { describe, expect, it } from 'vitest';
import { oneConnection } from '../../../src/notifier/broker/one-connection.ts';

/** Connections that are numbers, and what was done with them. */
function numbered() {
  const made: number[] = [];
  const destroyed: number[] = [];
  const waiting: { succeed(): void; fail(): void }[] = [];
  const connections = oneConnection<number>({
    connect: (signal) =>
      new Promise((resolve, reject) => {
        const number = made.length + 1;
        made.push(number);
        waiting.push({ succeed: () => resolve(number), fail: () => reject(new Error('refused')) });
        signal.addEventListener('abort', () => reject(new Error('aborted')));
      }),
    isOpen: (connection) => !destroyed.includes(connection),
    destroy: (connection) => void destroyed.push(connection),
  });
  return { connections, made, destroyed, waiting };
}

describe('one connection', () => {
  it('is shared by those who come while it is made and after that', async () => {
    const { connections, made, waiting } = numbered();
    const both = Promise.all([connections.get(), connections.get()]);
    waiting[0]?.succeed();
    expect(await both).toEqual([1, 1]);
    expect(await connections.get()).toBe(1);
    expect(made).toEqual([1]);
  });

  it('is made anew when it has failed, was closed or was dropped', async () => {
    const { connections, destroyed, waiting } = numbered();
    const first = connections.get();
    waiting[0]?.fail();
    await expect(first).rejects.toThrow('refused');
    const second = connections.get();
    waiting[1]?.succeed();
    expect(await second).toBe(2);
    destroyed.push(2);
    const third = connections.get();
    waiting[2]?.succeed();
    expect(await third).toBe(3);
    connections.drop();
    expect(destroyed).toContain(3);
    const fourth = connections.get();
    waiting[3]?.succeed();
    expect(await fourth).toBe(4);
  });

  it('fails for all who wait for it when one gives it up, and for all after close', async () => {
    const { connections, made } = numbered();
    const both = [connections.get(), connections.get()];
    connections.drop();
    for (const one of both) await expect(one).rejects.toThrow('aborted');
    connections.close();
    await expect(connections.get()).rejects.toThrow();
    expect(made).toEqual([1]);
  });

  it('is destroyed where it is made in spite of that', async () => {
    const destroyed: number[] = [];
    let succeed = (): void => {};
    const connections = oneConnection<number>({
      connect: () =>
        new Promise((resolve) => {
          succeed = () => resolve(1);
        }),
      isOpen: () => true,
      destroy: (connection) => void destroyed.push(connection),
    });
    const settled = connections.get();
    connections.drop();
    succeed();
    await expect(settled).rejects.toThrow();
    expect(destroyed).toEqual([1]);
  });
});
