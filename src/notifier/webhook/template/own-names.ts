/** What only templates of a webhook can name, beside what all templates can. `values.ts` has the values. */

export const summaryNames = ['from', 'fromName', 'to', 'subject', 'snippet'] as const;
export const otherNames = [
  ...(['title', 'text', 'folder', 'owner', 'data', 'envelope', 'receivedAt', 'uidvalidity', 'uidset', 'uids'] as const),
];
export const ownNames: readonly string[] = [...summaryNames, ...otherNames];
