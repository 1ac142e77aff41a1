/** Reads the services and daemons of a cyrus.conf, as far as belfry is concerned (Cyrus `master/masterconf.c`). */

export interface CyrusService {
  /** SERVICES, DAEMON, START or EVENTS, in upper case. */
  readonly section: string;
  readonly name: string;
  /** By their names in lower case: `cmd`, `listen`, `proto`. */
  readonly attributes: Readonly<Record<string, string>>;
  /** 1 for the first line. */
  readonly line: number;
}

const maxServices = 1000;

/** Entries in their order. What cannot be read is left out: master itself complains of it. */
export function cyrusServices(text: string): readonly CyrusService[] {
  const services: CyrusService[] = [];
  let section = '';
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim();
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('}')) {
      section = '';
      continue;
    }
    const [first = ''] = line.split(/[\s{]/, 1);
    if (line.endsWith('{')) {
      section = first.toUpperCase();
      continue;
    }
    if (section === '' || services.length >= maxServices) continue;
    services.push({ section, name: first, attributes: attributesIn(line.slice(first.length)), line: index + 1 });
  }
  return services;
}

function attributesIn(text: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    [...text.matchAll(/\b([a-z]+)=(?:"([^"]*)"|([^\s"]+))/gi)].map(([, key = '', quoted, bare]) => [
      key.toLowerCase(),
      quoted ?? bare ?? '',
    ]),
  );
}
