/** The format of a file of cases: what is given, and what is to become of it. docs/configuration-tests.md describes it. */
import { z } from 'zod';
import { isJsonObject, type Json, type JsonObject } from '../../base/event.ts';
import { nearest } from '../../option/nearest.ts';

const text = z.string();
const json = z.custom<Json>((value) => value !== undefined);
const object = z.custom<JsonObject>((value) => isJsonObject(value as Json), 'expected an object of JSON');

/** A word alone stands for the member of that name. */
const orWord = <T extends z.ZodType>(member: string, type: T) =>
  z.preprocess((value) => (typeof value === 'string' ? { [member]: value } : value), type);

const expectation = z
  .strictObject({
    outcome: z.enum(['delivered', 'filtered']).optional(),
    filtered_by: text.optional(),
    because: text.optional(),
    held_by: text.optional(),
    gets: object.optional(),
    lacks: z.array(text).optional(),
    sends: z
      .strictObject({
        method: text.optional(),
        path: text.optional(),
        headers: z.record(text, text).optional(),
        body: json.optional(),
      })
      .optional(),
  })
  .check(({ value, issues }) => {
    const { outcome, filtered_by, because, held_by, gets, lacks, sends } = value;
    const filtered = outcome === 'filtered' || filtered_by !== undefined || because !== undefined;
    const delivered = outcome === 'delivered' || [held_by, gets, lacks, sends].some((one) => one !== undefined);
    const message =
      filtered && delivered
        ? 'a notifier that gets it does not filter it: leave out filtered_by and because, or else held_by, gets, lacks and sends'
        : 'expected "delivered", "filtered", or an object with filtered_by, because, held_by, gets, lacks or sends';
    if (filtered === delivered) issues.push({ code: 'custom', input: value, message });
  });

export type Expectation = z.infer<typeof expectation>;

const request = z.strictObject({
  class: text,
  method: text.optional(),
  priority: text.optional(),
  user: text.optional(),
  mailbox: text.optional(),
  options: z.array(text).optional(),
  message: json.optional(),
});

const oneCase = z
  .strictObject({
    name: text.min(1),
    given: object.optional(),
    given_request: request.optional(),
    given_file: text.min(1).optional(),
    via: z.enum(['notifysocket', 'http', 'cloudevents', 'dovecot']).optional(),
    method: text.optional(),
    decoded: object.optional(),
    unusable: orWord('stage', z.strictObject({ stage: text.optional(), because: text.optional() })).optional(),
    dropped: text.optional(),
    expect: z.record(text, orWord('outcome', expectation)).optional(),
  })
  .check(({ value, issues }) => {
    const fail = (message: string): void => void issues.push({ code: 'custom', input: value, message });
    const { given, given_request, given_file, via, method, unusable, dropped, expect, decoded } = value;
    if ([given, given_request, given_file].filter((one) => one !== undefined).length !== 1) {
      fail('expected one of given, given_request and given_file');
    } else if (given_request !== undefined && (via !== undefined || method !== undefined)) {
      fail('via and method belong to given: given_request has a method of its own, and comes from the notifysocket');
    } else if (method !== undefined && (given === undefined || (via ?? 'notifysocket') !== 'notifysocket')) {
      fail('only a request from the notifysocket has a method: leave it out, or via');
    }
    if ([unusable, dropped, expect].filter((one) => one !== undefined).length > 1) {
      fail('expected one of expect, unusable and dropped: no notifier gets what is unusable or dropped');
    } else if ([unusable, dropped, expect, decoded].every((one) => one === undefined)) {
      fail('it expects nothing: write expect, unusable, dropped or decoded');
    }
  });

export type Case = z.infer<typeof oneCase>;

const caseFile = z.strictObject({ cases: z.array(oneCase).min(1) });

const memberNames = [
  ...[
    'cases',
    'name',
    'given',
    'given_request',
    'given_file',
    'via',
    'method',
    'decoded',
    'unusable',
    'dropped',
    'expect',
  ],
  ...['outcome', 'filtered_by', 'because', 'held_by', 'gets', 'lacks', 'sends', 'path', 'headers', 'body', 'stage'],
  ...['class', 'priority', 'user', 'mailbox', 'options', 'message'],
];

/** The cases, or what is wrong with them: a line for each mistake, which names the case and the member. */
export function readCases(value: Json): { readonly cases: readonly Case[] } | { readonly wrong: readonly string[] } {
  const parsed = caseFile.safeParse(value);
  if (!parsed.success) return { wrong: parsed.error.issues.map((issue) => described(issue, value)) };
  const { cases } = parsed.data;
  const twice = cases.find(({ name }, i) => cases.findIndex((one) => one.name === name) < i);
  return twice === undefined ? { cases } : { wrong: [`two cases have the name ${JSON.stringify(twice.name)}`] };
}

function described(issue: z.core.$ZodIssue, value: Json): string {
  const [list, index, ...members] = issue.path.map(String);
  const what = messageOf(issue);
  if (list !== 'cases' || index === undefined) return list === undefined ? what : `${list}: ${what}`;
  const all = isJsonObject(value) ? value['cases'] : undefined;
  const one: Json | undefined = Array.isArray(all) ? all[Number(index)] : undefined;
  const name =
    isJsonObject(one) && typeof one['name'] === 'string' ? ` ${JSON.stringify(one['name'].slice(0, 200))}` : '';
  return `case ${Number(index) + 1}${name}: ${members.length === 0 ? '' : `${members.join('.')}: `}${what}`;
}

function messageOf(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') {
    const [key = ''] = issue.keys;
    const similar = nearest(key, memberNames);
    return `unknown member ${JSON.stringify(key.slice(0, 100))}${similar === undefined ? '' : `: did you mean ${similar}?`}`;
  }
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined')) return 'it is missing';
  return issue.message.replace(/^Invalid (?:input|option): /, '');
}
