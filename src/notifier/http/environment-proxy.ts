/** The proxy that the environment names for a URL, by the variables that curl and others read. */

/** Undefined where there is none, or NO_PROXY excepts the host. Throws for one that is not a URL of http or https. */
export function environmentProxy(target: URL, environment: NodeJS.ProcessEnv): URL | undefined {
  const variable = (name: string): string | undefined =>
    environment[name.toLowerCase()] || environment[name.toUpperCase()] || undefined;
  const written = variable(target.protocol === 'https:' ? 'https_proxy' : 'http_proxy') ?? variable('all_proxy');
  if (written === undefined || isExcepted(target, variable('no_proxy') ?? '')) return undefined;
  const url = new URL(/^[a-z][a-z0-9+.-]*:\/\//i.test(written) ? written : `http://${written}`);
  if (url.protocol === 'http:' || url.protocol === 'https:') return url;
  throw new Error(`a proxy with ${url.protocol} cannot be used`);
}

/** `no_proxy`: domains with all that is below them, hosts, each with or without a port; `*` is all. */
function isExcepted({ hostname, port, protocol }: URL, list: string): boolean {
  const ownPort = port || (protocol === 'https:' ? '443' : '80');
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean)
    .some((word) => {
      if (word === '*') return true;
      const [, name = word, only] = /^(.*?)(?::(\d+))?$/.exec(word) ?? [];
      const domain = name.replace(/^\*?\./, '');
      return (only === undefined || only === ownPort) && (hostname === domain || hostname.endsWith(`.${domain}`));
    });
}
