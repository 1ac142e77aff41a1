/** A program in stream mode: it reads a line for each notification, and answers each with a line, in the same order. */
import { printable } from '../../base/printable.ts';
import type { Job, JobProgram, ProgramEvents, StartJobProgram } from '../program/job.ts';
import type { LongLived, LongLivedSettings } from '../program/long-lived.ts';
import { startLongLived } from '../program/start-long-lived.ts';
import type { Program } from '../program/started-program.ts';
import { type Answers, outcomeOfAnswer } from './stream-answer.ts';
import { streamLine } from './stream-line.ts';

/** Characters of an answer. */
const answerLimit = 8192;

/** Each job is one delivery. */
export function streamProgram(
  program: Omit<Program, 'input'>,
  answers: Answers,
  services: LongLivedServices,
): StartJobProgram {
  return (events) => new StreamProgram(program, answers, services, events);
}

type LongLivedServices = Pick<LongLivedSettings, 'log' | 'now' | 'test'>;

class StreamProgram implements JobProgram {
  readonly #path: string;
  readonly #answers: Answers;
  readonly #events: ProgramEvents;
  readonly #test: LongLivedSettings['test'];
  readonly #process: LongLived;
  readonly #write: (lines: string) => void;
  readonly #closeInput: () => void;
  /** Sent, and not answered yet. */
  readonly #asked: Job[] = [];
  #lines = '';
  #rest = '';
  #isReady: boolean;
  #isUseless = false;

  constructor(program: Omit<Program, 'input'>, answers: Answers, services: LongLivedServices, events: ProgramEvents) {
    const [path] = program.argv;
    this.#path = path;
    this.#answers = answers;
    this.#events = events;
    this.#test = services.test;
    this.#isReady = answers === 'belfry';
    const ended = (reason: string): void => {
      this.#isUseless = true;
      events.ended(reason);
    };
    const { child, life } = startLongLived(program, { stdio: 'pipe' }, { ...services, path, ended });
    this.#process = life;
    const { stdin, stdout } = child;
    // EPIPE when the program has ended: its end says so.
    stdin?.on('error', () => {});
    stdout?.on('error', () => {});
    stdout?.setEncoding('utf8').on('data', (text: string) => this.#read(text));
    this.#write = (lines) => void stdin?.write(lines);
    this.#closeInput = () => void stdin?.end();
    if (this.#isReady) child.once('spawn', () => events.ready());
  }

  send(job: Job): void {
    this.#asked.push(job);
    // What is sent in the same turn of the event loop is written at once.
    if (this.#lines === '') process.nextTick(this.#flush);
    const lines = job.deliveries.map(streamLine).join('');
    this.#test?.trace('sent', lines.trimEnd());
    this.#lines += lines;
  }

  stop(reason: string): void {
    this.#isUseless = true;
    this.#process.stop(reason);
  }

  close(): Promise<void> {
    this.#flush();
    return this.#process.close(this.#closeInput);
  }

  readonly #flush = (): void => {
    const lines = this.#lines;
    this.#lines = '';
    if (lines !== '' && !this.#isUseless) this.#write(lines);
  };

  #read(text: string): void {
    if (this.#isUseless) return;
    const lines = `${this.#rest}${text}`.split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line.length > answerLimit) this.stop(`${this.#path} wrote a line of more than ${answerLimit} characters`);
      else this.#answer(line.endsWith('\r') ? line.slice(0, -1) : line);
      if (this.#isUseless) return;
    }
    if (this.#rest.length > answerLimit) {
      this.stop(`${this.#path} wrote more than ${answerLimit} characters without a newline`);
    } else if (this.#answers === 'omprog' && this.#rest.startsWith('.')) {
      // Dots at the beginning of a line: it still works on it.
      this.#rest = this.#rest.replace(/^\.+/, '');
      this.#events.alive();
    }
  }

  #answer(written: string): void {
    this.#test?.trace('received', written);
    const line = this.#answers === 'omprog' ? written.replace(/^\.+/, '') : written;
    const job = this.#asked[0];
    const outcome = outcomeOfAnswer(line, this.#answers, this.#path);
    if (!this.#isReady && line === 'OK') {
      this.#isReady = true;
      this.#events.ready();
    } else if (!this.#isReady) this.#refuse(line, 'instead of OK when it started');
    else if (job === undefined) this.#refuse(line, 'although it was asked for nothing');
    else if (outcome === undefined) this.#refuse(line, 'which is not OK, RETRY or REJECT');
    else {
      this.#asked.shift();
      this.#events.answered(job, [outcome]);
    }
  }

  #refuse(line: string, why: string): void {
    this.stop(`${this.#path} wrote ${JSON.stringify(printable(line, 100))}, ${why}`);
  }
}
