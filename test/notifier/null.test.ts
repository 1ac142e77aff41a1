/** Method null, on the contract of a notifier: there is nothing else to it. */
import { nullMethod } from '../../src/notifier/null.ts';
import { notifierContract } from '../contract/notifier.ts';
import { openMethod } from './open-method.ts';

notifierContract('null', async () => ({
  notifier: await openMethod(nullMethod, {}),
  dispose: async () => {},
}));
