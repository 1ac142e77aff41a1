/** Calls the API of the daemon that serves the page. */

/** The daemon has answered, but not with what was asked for. */
export class ApiProblem extends Error {
  override name = 'ApiProblem';
  readonly status: number;

  constructor(status: number, detail: string) {
    super(detail);
    this.status = status;
  }
}

/** Milliseconds after which an answer is no longer awaited. */
const patienceMs = 20_000;

export function read<T>(path: string, query: Readonly<Record<string, string | undefined>> = {}): Promise<T> {
  const given = Object.entries(query).flatMap(([name, value]) =>
    value === undefined || value === '' ? [] : [[name, value]],
  );
  const search = new URLSearchParams(given).toString();
  return call<T>(search === '' ? path : `${path}?${search}`, {});
}

/** Throws ApiProblem, or a TypeError where nobody answers. */
export function post<T>(path: string, body: object): Promise<T> {
  const headers = { 'content-type': 'application/json' };
  return call<T>(path, { method: 'POST', headers, body: JSON.stringify(body) });
}

export function postBytes<T>(path: string, body: string): Promise<T> {
  const headers = { 'content-type': 'application/octet-stream' };
  return call<T>(path, { method: 'POST', headers, body });
}

export const end = (path: string): Promise<unknown> => call(path, { method: 'DELETE' });

async function call<T>(path: string, init: RequestInit): Promise<T> {
  const response = await fetch(path, { ...init, cache: 'no-store', signal: AbortSignal.timeout(patienceMs) });
  const text = await response.text();
  if (!response.ok) throw new ApiProblem(response.status, detailOf(text) ?? `status ${response.status}`);
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

/** What a problem document (RFC 9457) says. */
function detailOf(text: string): string | undefined {
  try {
    const { detail, title }: { detail?: unknown; title?: unknown } = JSON.parse(text);
    return typeof detail === 'string' ? detail : typeof title === 'string' ? title : undefined;
  } catch {
    return undefined;
  }
}

export function reasonOf(thrown: unknown): string {
  if (thrown instanceof ApiProblem) return thrown.message;
  if (thrown instanceof DOMException && thrown.name === 'TimeoutError') return 'belfry did not answer within 20 s';
  if (thrown instanceof TypeError) return 'belfry is not reachable';
  return thrown instanceof Error ? thrown.message : String(thrown);
}
