/** Method exec (external): runs a program for each notification, as Cyrus notifyd runs the one of `notify_external`. */
import { exitStatus } from '../base/error.ts';
import { writeJson } from '../base/event.ts';
import type { OptionProblem } from '../option/problem.ts';
import { choice, command, integer } from '../option/types.ts';
import { type Delivery, defineMethod, type Notification, single } from './notifier.ts';
import { processNeeds, processOptions, processProblems, processSettings } from './program/process-options.ts';
import { outcomeOf, whyNotExecutable } from './program/program-outcome.ts';
import { killAll, type RunningPrograms, runProgram, startProgram } from './program/run-program.ts';
import type { Start } from './program/started-program.ts';
import { tracedProgram } from './program/traced-program.ts';

/** The longest argument that Linux passes to a program, in bytes without its final NUL (MAX_ARG_STRLEN). */
const argumentLimit = 128 * 1024 - 1;

const notReplaced: OptionProblem = {
  severity: 'warning',
  option: 'program',
  message: 'an argument contains a % or a name in braces, but belfry replaces nothing in it',
  remedy: 'the notification follows as -c CLASS -p PRIORITY -u USER -m MAILBOX -f FNAME',
};

/** With a way of starting a program; belfry uses `exec`, and the tests try each way. */
export const execBy = (start: Start) =>
  defineMethod({
    name: 'exec',
    aliases: ['external'],
    summary: 'Runs a program for each notification, as notifyd does for notify_external.',
    options: {
      program: command({
        description:
          'The absolute path of the program, and arguments that come before those of the notification. belfry starts no shell. For each notification it adds ten arguments, `-c CLASS -p PRIORITY -u USER -m MAILBOX -f FNAME`, which are always present. On standard input it writes the event as JSON, or the message of another request, and a newline. The JSON has the keys in the order of the sender, and its numbers can be too large for some languages (modseq has 63 bits). A message that is not UTF-8 arrives unchanged on standard input; for the arguments and the environment belfry converts such text to UTF-8 as if it were ISO 8859-1. Exit status 0 means delivered. After 75 (EX_TEMPFAIL) or death by a signal belfry tries again. Any other status means rejected; the reason is the last lines of standard error.',
        inherits: 'notify_external',
        required: true,
        example: '/usr/local/libexec/new-mail',
      }),
      ...processOptions,
      mode: choice(
        {
          description:
            '`each`: starts the program for each notification. `stream`: starts it once; it reads a line of JSON for each notification from standard input, and answers each with a line on standard output, in the same order: `OK`, `RETRY reason` or `REJECT reason`.',
          details:
            'in stream mode a line is `{"id", "attempt", "receivedAt", "class", "event", "user", "mailbox", "payload"}`; `event` is absent unless the class is EVENT; `coalesced` is there only where it stands for earlier ones (throttle, debounce). The program gets no arguments of a notification and no BELFRY_ variable except BELFRY_NOTIFIER. belfry starts it for the first notification, and again when it ends, hangs or answers something else; what it had not confirmed is tried again, so it may get a notification twice, with the same id. Standard output must contain answers only; what it writes to standard error is logged (at most 20 lines in 10 seconds). When the daemon stops or reloads, belfry closes standard input, and sends SIGTERM 1.5 seconds and SIGKILL 2.2 seconds after that to the program and its process group.',
          default: 'each',
        },
        ['each', 'stream'],
      ),
      window: integer(
        {
          description:
            'In stream mode: how many notifications the program may have without having confirmed them. Of a mailbox it has one at a time (with `order: received`: one in all).',
          default: '64',
        },
        { min: 1, max: 1024 },
      ),
      answers: choice(
        {
          description:
            'In stream mode: the answers that the program gives. `omprog`: those of programs for rsyslog (omprog with confirmMessages=on): a line `OK` when it is ready, then one for each notification, and any other text means that belfry tries the notification again; dots before an answer mean that it still works on it. `RETRY` and `REJECT` are understood, too; there are no transactions.',
          default: 'belfry',
        },
        ['belfry', 'omprog'],
      ),
      input: choice(
        {
          description:
            'The form of an event on standard input. `auto`: the bytes that the mail server sent, as with notifyd, or the filtered event if a filter changed it. `filtered`: always the event as belfry writes it, without insignificant white space.',
          default: 'auto',
        },
        ['auto', 'filtered'],
      ),
    },
    attemptTimeout: {
      default: '30s',
      description:
        'After that, belfry sends SIGTERM to the program and to the children that are in its process group (a child that calls setsid is not), and SIGKILL 5 seconds later, or at once when the daemon stops. In stream mode it is the longest time without an answer.',
      former: 'timeout',
    },
    check: (values) => [
      ...(values.program.slice(1).some((word) => /%[a-z]|\{[a-z]+\}/i.test(word)) ? [notReplaced] : []),
      ...processProblems(values),
    ],
    files: (values) => [{ option: 'program', path: values.program[0] ?? '', use: 'program' }, ...processNeeds(values)],
    open: async (values, services) => {
      const { program, input: form, mode, window, answers } = values;
      const { name, log, attemptTimeoutMs, test } = services;
      const running: RunningPrograms = new Set();
      const [path = '', ...parameters] = program;
      const reason = await whyNotExecutable(path);
      if (reason !== undefined) log.warn({ notifier: name, reason }, 'cannot run the program');
      const settings = processSettings(values, name);
      if (mode === 'stream') {
        const environment = { ...settings.environment, BELFRY_NOTIFIER: name };
        const { openStream } = await import('./exec/open-stream.ts');
        return openStream({ ...settings, argv: [path, ...parameters], environment }, { window, answers }, services);
      }
      return single(
        async (delivery, signal) => {
          const argv = [...parameters, ...argumentsOf(delivery.notification)];
          const environment = { ...settings.environment, ...variablesOf(delivery, name) };
          const unfit = unfitField(delivery.notification);
          if (unfit !== undefined) return { status: 'rejected', reason: unfit };
          const input = inputOf(delivery.notification, form);
          const ending = await tracedProgram(
            test,
            { ...settings, argv: [path, ...argv], environment, input },
            (traced) => runProgram(traced, signal, running, start),
          );
          return outcomeOf(ending, path, attemptTimeoutMs, isFinal);
        },
        async () => killAll(running),
      );
    },
  });

export const exec = execBy(startProgram);

/** What a filter took out is in neither form: the message of a changed event is made of what is left. */
function inputOf({ event, message, messageCharset, payload }: Notification, form: 'auto' | 'filtered'): Buffer {
  if (form === 'filtered' && event !== undefined) return Buffer.from(`${writeJson(payload)}\n`);
  return Buffer.from(`${message}\n`, messageCharset ?? 'utf8');
}

/**
 * The arguments of notifyd (Cyrus `notifyd/notify_external.c`). Each value is an argument of its own after its option,
 * where getopt(3) takes it as it is: one that begins with `-` is no option. Without a staged file FNAME is empty, where
 * notifyd leaves `-f` alone at the end.
 */
function argumentsOf(notification: Notification): readonly string[] {
  const { class: requestClass, priority, user, mailbox, fname = '' } = notification;
  return ['-c', requestClass, '-p', priority, '-u', user, '-m', mailbox, '-f', fname];
}

function variablesOf({ notification, attempt }: Delivery, name: string): Readonly<Record<string, string>> {
  return {
    BELFRY_ID: notification.id,
    BELFRY_NOTIFIER: name,
    BELFRY_ATTEMPT: String(attempt),
    BELFRY_COALESCED: String(notification.coalesced?.count ?? 1),
    BELFRY_RECEIVED_AT: new Date(notification.receivedAt).toISOString(),
    BELFRY_CLASS: notification.class,
    BELFRY_EVENT: notification.event ?? '',
    BELFRY_METHOD: notification.method,
    BELFRY_PRIORITY: notification.priority,
    BELFRY_USER: notification.user,
    BELFRY_MAILBOX: notification.mailbox,
  };
}

/**
 * Why a field cannot be an argument or a variable. A value that does not fit is not cut: a program would act on another
 * mailbox than the one that was meant.
 */
function unfitField(notification: Notification): string | undefined {
  const { class: requestClass, event = '', method, priority, user, mailbox, fname = '' } = notification;
  const fields = { class: requestClass, event, method, priority, user, mailbox, fname };
  for (const [field, value] of Object.entries(fields)) {
    if (value.includes('\0')) return `${field} contains a NUL byte, which is not possible in an argument`;
    const size = Buffer.byteLength(`BELFRY_${field}=${value}`);
    if (size > argumentLimit) return `${field} is too long for an argument of a program: ${size} bytes`;
  }
  return undefined;
}

/** Almost everything that keeps a program from starting can be mended or passes by itself, but for arguments that are too long. */
const isFinal = (why: number | string): boolean =>
  typeof why === 'number' ? why !== exitStatus.temporary : why === 'E2BIG';
