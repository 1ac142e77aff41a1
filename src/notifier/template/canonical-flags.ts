/** How IMAP flags are spelt: servers write them in any case, and people read them in one. */

/** System flags (RFC 9051 §2.3.2) and the keywords that are registered with IANA ("IMAP and JMAP Keywords"). */
const spellings = [
  ...['\\Answered', '\\Deleted', '\\Draft', '\\Flagged', '\\Recent', '\\Seen'],
  ...['$Forwarded', '$Important', '$Junk', '$MDNSent', '$NotJunk', '$Phishing', '$Submitted', '$SubmitPending'],
];
const byLowerCase = new Map(spellings.map((flag) => [flag.toLowerCase(), flag]));

/**
 * The flags of a text, each in its canonical spelling and separated by one space: `\\seen $WORK` is `\\Seen $WORK`. Cyrus 3.10
 * writes `\\seen` in MessageNew and `\\Seen` in FlagsSet; an event is passed on as it was sent, what is made of it is not.
 */
export function canonicalFlags(flagNames: string): string {
  const flags = flagNames.split(' ').filter((flag) => flag !== '');
  return flags.map((flag) => byLowerCase.get(flag.toLowerCase()) ?? flag).join(' ');
}
