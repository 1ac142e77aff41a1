/** The optional parameters that event_extra_params passes on (imapd.conf(5); `mboxevent_expected_param` in Cyrus `imap/mboxevent.c`). */
import { type Rule, withoutParameters } from './rule.ts';

/**
 * The words that event_extra_params knows: all that Cyrus 3.13 allows, then those that belfry knows beyond it. What is in
 * no event of Cyrus unless it was asked for, or comes from Dovecot alone, is no less a part of the message for that.
 */
export const extraParameters: readonly string[] = `
  bodyStructure clientAddress diskUsed flagNames messageContent messageSize messages modseq service timestamp
  uidnext vnd.cmu.midset vnd.cmu.unseenMessages vnd.cmu.envelope vnd.cmu.sessionId vnd.cmu.mailboxACL
  vnd.cmu.mbtype vnd.cmu.davFilename vnd.cmu.davUid vnd.cmu.visibleUsers vnd.cmu.emailid vnd.cmu.threadid
  vnd.fastmail.clientId vnd.fastmail.sessionId vnd.fastmail.convExists vnd.fastmail.convUnseen vnd.fastmail.cid
  vnd.fastmail.counters vnd.fastmail.jmapEmail vnd.fastmail.jmapStates vnd.fastmail.traceId vnd.dovecot.from
  vnd.dovecot.to vnd.dovecot.subject vnd.dovecot.snippet vnd.dovecot.sessionId vnd.dovecot.oldFlagNames
  vnd.dovecot.recentMessages vnd.fastmail.compactCalendarIds envelope messageHeaders process tags
`
  .trim()
  .split(/\s+/);

/** The one word that is not a parameter's own name: Cyrus writes the address as two parameters. */
const clientAddress: readonly string[] = ['clientIP', 'clientPort'];

/**
 * What an event must keep although it is optional elsewhere (RFC 5423 §4; Cyrus sends it asked for or not). In the
 * quota events `messages` counts against the quota and is not the extra parameter of that name.
 */
const mandatory: ReadonlyMap<string, readonly string[]> = new Map([
  ['FlagsSet', ['flagNames']],
  ['FlagsClear', ['flagNames']],
  ['QuotaExceed', ['diskUsed', 'messages']],
  ['QuotaWithin', ['diskUsed', 'messages']],
  ['QuotaChange', ['messages']],
  ['ApplePushServiceDAV', ['vnd.cmu.mbtype']],
  ['vnd.dovecot.MailboxStatus', ['messages', 'vnd.cmu.unseenMessages', 'vnd.dovecot.recentMessages']],
]);

/**
 * The rule of event_extra_params: of the parameters that the option can name, only the `wanted` stay. Undefined when
 * the option is not set: then nothing is removed, because a default would destroy what the sender was configured to include.
 */
export function compileExtraParameters(wanted: readonly string[] | undefined): Rule | undefined {
  if (wanted === undefined) return undefined;
  const isWanted = new Set(wanted.map((word) => word.toLowerCase()));
  const unwanted = new Set(
    extraParameters
      .filter((word) => !isWanted.has(word.toLowerCase()))
      .flatMap((word) => (word === 'clientAddress' ? clientAddress : [word])),
  );
  if (unwanted.size === 0) return undefined;

  return (event, type) => {
    const kept = mandatory.get(type);
    const removed: string[] = [];
    for (const parameter in event) {
      if (unwanted.has(parameter) && !kept?.includes(parameter)) removed.push(parameter);
    }
    if (removed.length === 0) return undefined;
    return {
      event: withoutParameters(event, removed),
      change: { option: 'event_extra_params', detail: `without ${removed.join(' ')}` },
    };
  };
}
