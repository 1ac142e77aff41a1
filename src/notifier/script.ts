/** Method script: calls functions of an ES module, in a process of its own, as Dovecot's Lua driver does in its own. */
import { integer, path, size } from '../option/types.ts';
import { defineMethod } from './notifier.ts';
import { processNeeds, processOptions, processProblems, processSettings } from './program/process-options.ts';

const mebibyte = 1024 * 1024;

export const script = defineMethod({
  name: 'script',
  summary: 'Calls functions of a JavaScript module of yours, in a process of its own.',
  options: {
    file: path({
      description:
        'The module (.mjs). It exports a function for each type of event, `MessageNew(event, context, notification)`, and may export `begin(user)`, `end(context)` and `other`. Without a function for its type an event counts as filtered by script_file.',
      required: true,
      example: '/etc/belfry/events.mjs',
    }),
    memory: size(
      {
        description:
          'The memory of the JavaScript objects of the script. Beyond it the process ends, and is started again. Buffers are not included.',
        default: '128M',
      },
      { min: 16 * mebibyte, max: 64 * 1024 * mebibyte },
    ),
    window: integer(
      { description: 'For how many mailboxes functions run at the same time.', default: '16' },
      { min: 1, max: 1024 },
    ),
    ...processOptions,
  },
  attemptTimeout: {
    default: '30s',
    description:
      'It is the longest time in which the script finishes nothing. After that, belfry ends its process and starts another one.',
  },
  check: (values) => [...(values.file.endsWith('.mjs') ? [] : [notModule]), ...processProblems(values)],
  files: (values) => [{ option: 'file', path: values.file, use: 'script' }, ...processNeeds(values)],
  open: async (values, services) => {
    const { file, memory, window } = values;
    const settings = processSettings(values, services.name);
    const environment = { ...settings.environment, BELFRY_NOTIFIER: services.name };
    const { openScript } = await import('./script/open-script.ts');
    return openScript({ ...settings, environment }, { file, memory, window }, services);
  },
});

const notModule = {
  severity: 'error',
  option: 'file',
  message: 'its name does not end in .mjs',
  remedy: 'write a JavaScript module, and call it NAME.mjs',
} as const;
