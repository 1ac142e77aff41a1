/** Loads a configuration as a daemon needs it that starts with it: with a look into the files that it will read then. */
import type { HttpFileTrials } from './config/http-files.ts';
import { type Loaded, loadConfiguration } from './config/load.ts';
import { BelfryError } from './error.ts';
import { readCertificate, readKey, readPassword, readTls, readToken } from './intake/http/files.ts';
import { methods } from './notifier/table.ts';

const httpFiles: HttpFileTrials = {
  password: (file) => reasonOf(() => readPassword({ file })),
  token: (file) => reasonOf(() => readToken({ file })),
  certificate: (file) => reasonOf(() => readCertificate(file)),
  key: (file) => reasonOf(() => readKey(file)),
  pair: (certificate, key) => reasonOf(() => readTls({ certificate, key })),
};

/** As `loadConfiguration`. What a file holds that cannot be used is an error of the option that names it. */
export function loadForStart(file: string): Loaded {
  return loadConfiguration(file, { methods, httpFiles });
}

function reasonOf(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (thrown) {
    if (thrown instanceof BelfryError) return thrown.message;
    throw thrown;
  }
}
