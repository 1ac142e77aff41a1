/** Opens method exec with the options of its argument, makes one attempt, and prints what came of both as JSON. */

import { messageOf } from '../../../src/base/error.ts';
import { exec } from '../../../src/notifier/exec.ts';
import { openMethod } from '../open-method.ts';
import { eventNotification } from '../samples.ts';

try {
  const notifier = await openMethod(exec, JSON.parse(process.argv[2] ?? ''));
  const delivery = { notification: eventNotification('01-a'), attempt: 1, lane: '' };
  const outcomes = await notifier.notify([delivery], new AbortController().signal);
  await notifier.close();
  process.stdout.write(JSON.stringify({ outcomes }));
} catch (error) {
  process.stdout.write(JSON.stringify({ code: (error as { code?: string }).code, message: messageOf(error) }));
}
