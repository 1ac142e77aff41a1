/** What every intake must do, whatever it listens on: each one's test runs this suite on its real socket. */
import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RawRequest } from '../../src/base/request.ts';
import type { Intake } from '../../src/intake/intake.ts';
import { taking } from '../support/taking.ts';
import { until } from '../support/until.ts';

/** An intake with a client that sends to it. */
export interface IntakeUnderTest {
  readonly intake: Intake;
  /** The request with this number, as the intake hands it over; any two are different. */
  request(number: number): Uint8Array;
  /** Sends a request as a mail server would. Resolves once the system has it for the intake, however long that takes. */
  send(request: Uint8Array): Promise<void>;
  /**
   * Gives back what the client holds. Called once, after the intake's `close`; another intake may have used the same
   * place in between, so what they share may be gone already.
   */
  dispose(): Promise<void>;
}

const textOf = ({ bytes }: RawRequest): string => Buffer.from(bytes).toString('latin1');

async function turns(count = 50): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

/** Runs the suite. `open` makes an intake that listens on a place of its own, always the same one. */
export function intakeContract(name: string, open: () => Promise<IntakeUnderTest>): void {
  describe(`the ${name} intake keeps the contract`, () => {
    let under: IntakeUnderTest;
    let intake: Intake;
    let stop: AbortController;
    let running: Promise<void> | undefined;
    let got: string[];

    beforeEach(async () => {
      under = await open();
      intake = under.intake;
      stop = new AbortController();
      running = undefined;
      got = [];
    });
    afterEach(async () => {
      stop.abort();
      await running;
      await intake.close();
      await under.dispose();
    });

    async function take(requests: readonly RawRequest[]): Promise<void> {
      got.push(...requests.map(textOf));
    }
    function run(accept: (requests: readonly RawRequest[]) => Promise<void>): void {
      running = intake.run(taking(accept), stop.signal);
    }
    async function finish(): Promise<void> {
      stop.abort();
      await running;
    }
    async function send(from: number, to: number): Promise<readonly string[]> {
      const sent: string[] = [];
      for (let number = from; number < to; number += 1) {
        const bytes = under.request(number);
        await under.send(bytes);
        sent.push(Buffer.from(bytes).toString('latin1'));
      }
      return sent;
    }

    it('passes on what is sent, byte for byte and in order', async () => {
      run(take);
      const sent = await send(0, 300);
      await until(() => got.length >= sent.length);
      expect(got).toEqual(sent);
      expect(intake.counts()).toEqual({ received: 300, truncated: 0, lost: 0 });
    });

    it('passes on what was sent before it ran', async () => {
      const sent = await send(0, 3);
      run(take);
      await until(() => got.length >= 3);
      expect(got).toEqual(sent);
    });

    it('never passes on an empty list', async () => {
      let least = 1;
      run(async (requests) => {
        least = Math.min(least, requests.length);
        await take(requests);
      });
      await send(0, 20);
      await turns();
      await finish();
      expect([least, got.length]).toEqual([1, 20]);
    });

    it('waits for accept before it calls it again, and reads on meanwhile', async () => {
      let calls = 0;
      let release = (): void => {};
      run(async (requests) => {
        calls += 1;
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        await take(requests);
      });
      // More than the system itself would hold: that they are all sent shows that they are being read.
      const sent = await send(0, 1000);
      await turns();
      expect([calls, got]).toEqual([1, []]);
      expect(intake.counts().received).toBe(0);
      while (got.length < 1000) {
        release();
        await turns(1);
      }
      expect(got).toEqual(sent);
    });

    it('counts as lost what accept refuses, and goes on', async () => {
      let refuse = true;
      run(async (requests) => {
        if (refuse) throw new Error('the disk is full');
        await take(requests);
      });
      await send(0, 5);
      await until(() => intake.counts().lost === 5);
      refuse = false;
      const sent = await send(5, 8);
      await until(() => got.length === 3);
      expect(got).toEqual(sent);
      expect(intake.counts()).toEqual({ received: 3, truncated: 0, lost: 5 });
    });

    it('survives an accept that throws before it promises anything', async () => {
      run(() => {
        throw new Error('a defect');
      });
      await send(0, 1);
      await until(() => intake.counts().lost === 1);
    });

    it('passes on, once it is stopped, all that was sent before', async () => {
      run(take);
      const sent: string[] = [];
      for (let number = 0; number < 500; number += 5) sent.push(...(await send(number, number + 5)));
      await finish();
      expect(got).toEqual(sent);
    });

    it('is not over before accept has answered', async () => {
      let release = (): void => {};
      let over = false;
      run(
        () =>
          new Promise((resolve) => {
            release = resolve;
          }),
      );
      const ended = running?.then(() => {
        over = true;
      });
      await send(0, 1);
      await turns();
      stop.abort();
      await turns();
      expect(over).toBe(false);
      release();
      await ended;
      expect(intake.counts().received).toBe(1);
    });

    it('stops before it has begun', async () => {
      stop.abort();
      run(take);
      await running;
      expect(got).toEqual([]);
    });

    it('closes as often as it is told to, without having run', async () => {
      await Promise.all([intake.close(), intake.close()]);
      await intake.close();
    });

    it('ends when it is closed while it runs', async () => {
      run(take);
      await send(0, 1);
      await until(() => got.length === 1);
      await intake.close();
      await running;
    });

    it('says where it listens', () => {
      expect(intake.address).not.toBe('');
    });

    it('frees its place, and keeps no descriptor', async () => {
      const use = async (): Promise<void> => {
        const other = await open();
        const done = new AbortController();
        const ran = other.intake.run(taking(take), done.signal);
        const before = got.length;
        await other.send(other.request(0));
        await until(() => got.length > before);
        done.abort();
        await ran;
        await other.intake.close();
        await other.dispose();
      };
      await finish();
      await intake.close();
      await use();
      const before = readdirSync('/proc/self/fd').length;
      for (let round = 0; round < 20; round += 1) await use();
      await until(() => readdirSync('/proc/self/fd').length <= before);
    });
  });
}
