import { closeSync, openSync, readdirSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { closeAllOnExec, markOneByOne } from '../../src/os/close-on-exec.ts';
import { unmarkedDescriptor, unmarkedDescriptors } from '../support/unmarked-descriptor.ts';

describe.each([
  ['closeAllOnExec', closeAllOnExec],
  ['markOneByOne, for systems without close_range(2),', markOneByOne],
])('%s', (_, mark) => {
  it('leaves no descriptor to a program, however high its number', () => {
    const low = unmarkedDescriptor(onTestFinished);
    const high = unmarkedDescriptor(onTestFinished, 900);
    expect(unmarkedDescriptors()).toEqual(expect.arrayContaining([low, high]));
    mark();
    expect(unmarkedDescriptors()).toEqual([]);
  });

  it('closes nothing', () => {
    const descriptor = openSync('/dev/null', 'r');
    const before = readdirSync('/proc/self/fd');
    mark();
    expect(readdirSync('/proc/self/fd')).toEqual(before);
    closeSync(descriptor);
  });
});
