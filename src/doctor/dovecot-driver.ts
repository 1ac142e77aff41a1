/** Whether one driver of Dovecot sends to the address on which belfry listens, with the right credentials. */
import { ifPossible } from '../base/error.ts';
import type { SocketSetting } from '../config/configuration.ts';
import { statOf } from '../daemon/file-access.ts';
import { readSecret } from '../os/read-secret.ts';
import { type Finding, fault, ok, unchecked, warning } from './check.ts';
import type { DoctorContext } from './context.ts';
import type { PushDriver } from './dovecot-plugins.ts';

export interface DriverContext extends DoctorContext {
  /** Adds to a remedy that Dovecot must read its configuration again. */
  readonly reload: (what: string) => string;
}

type OverTcp = Extract<SocketSetting, { readonly port: number }>;

const paths: ReadonlySet<string> = new Set(['/dovecot', '/preliminary/http-notify/v1/notify']);
const lost = 'each event is lost: no driver of Dovecot keeps or repeats one';
const isOfThisMachine = (host: string): boolean => /^(?:localhost|127\.\d+\.\d+\.\d+|::1)$/i.test(host);

export function* driverFindings(driver: PushDriver, context: DriverContext): Generator<Finding, void, void> {
  const { kind, place, isPatient, script } = driver;
  const { reload } = context;
  if (kind === 'lua') yield* scriptFindings(script, driver, context);
  yield* urlFindings(driver, context);
  if (isPatient === true) {
    const isNew = context.dovecot.state === 'read' && context.dovecot.value.isNew;
    yield warning(
      `the driver ox waits ${isNew ? '60 s' : '4 s'} for each delivery when belfry does not answer`,
      'a mail delivery stalls for so long while belfry hangs',
      reload(
        isNew
          ? 'write http_client_request_absolute_timeout = 500ms and http_client_request_max_attempts = 1 into its block'
          : 'write timeout_msecs=500 max_retries=0 after its URL',
      ),
      { place },
    );
  }
}

function* scriptFindings(
  script: string | undefined,
  { place }: PushDriver,
  { reload }: DriverContext,
): Generator<Finding, void, void> {
  if (script === undefined) {
    const remedy = reload('write file=/usr/share/belfry/dovecot/belfry.lua (2.4: lua_file)');
    yield fault(
      'the driver lua names no script',
      'Dovecot cannot open mailboxes with it: mail is not delivered',
      remedy,
      { place },
    );
    return;
  }
  const found = statOf(script);
  if (found === undefined || !found.isFile()) {
    yield fault(
      `the script ${script} does not exist`,
      'Dovecot reports nothing, and writes "Failed to initialize push notification" to its log',
      reload('name the belfry.lua of the package, /usr/share/belfry/dovecot/belfry.lua'),
      { place },
    );
  } else if ((found.mode & 0o004) === 0) {
    yield warning(
      `not every user can read the script ${script}`,
      'the processes of Dovecot that run as mail users cannot load it',
      `chmod o+r ${script}`,
      { place },
    );
  }
}

function* urlFindings(driver: PushDriver, context: DriverContext): Generator<Finding, void, void> {
  const { place, kind } = driver;
  const { configuration, reload, loaded } = context;
  const option = kind === 'ox' ? 'url' : 'belfry_url';
  const url = driver.url === undefined ? undefined : ifPossible(() => new URL(driver.url ?? ''));
  const listening = configuration.sockets.filter(
    (one): one is OverTcp => one.transport === 'http' && one.path === undefined,
  );
  const [first] = listening;
  const right =
    first === undefined
      ? 'http://127.0.0.1:8090/dovecot'
      : `${first.tls === undefined ? 'http' : 'https'}://${authorityOf(first)}/dovecot`;
  if (url === undefined) {
    const what = driver.url === undefined ? 'is not set' : 'is not a URL';
    yield fault(
      `${option} ${what}`,
      'Dovecot does not know where to send events',
      reload(`write ${option} = ${right}`),
      { place },
    );
    return;
  }
  const shown = `${url.protocol}//${url.host}${url.pathname}`;
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  if (!isOfThisMachine(host) && !listening.some((one) => one.host === host)) {
    yield unchecked(
      `${option}: ${shown} is another machine, or another name of this one: whether belfry listens there was not checked`,
      { place },
    );
    return;
  }
  const target = listening.find((one) => one.port === port && reaches(one.host, host));
  if (target === undefined) {
    const names = listening.map(({ name }) => name).join(', ');
    const remedy =
      first === undefined
        ? `write http_listen: ${host === 'localhost' ? '127.0.0.1' : url.hostname}:${port} into ${configuration.files[0]}, and restart belfry`
        : reload(`write ${option} = ${right}`);
    const message = `Dovecot sends to ${shown}, and belfry listens ${first === undefined ? 'on no address (http_listen is not set)' : `on ${names}`}`;
    yield fault(message, lost, remedy, { place });
    return;
  }
  const isTls = target.tls !== undefined;
  if (isTls !== (url.protocol === 'https:')) {
    yield fault(
      `Dovecot sends ${url.protocol}//, and belfry expects ${isTls ? 'https' : 'http'} there`,
      lost,
      reload(`write ${option} = ${right}`),
      { place },
    );
    return;
  }
  if (!paths.has(url.pathname)) {
    yield fault(`belfry answers 404 to the path ${url.pathname}`, lost, reload(`write ${option} = ${right}`), {
      place,
    });
    return;
  }
  const mistake = credentialMistake(driver, url, configuration.http.authentication);
  if (mistake === undefined) yield ok(`the driver ${kind} sends to ${shown}, where belfry listens`, { place });
  else {
    const { option: own } = mistake;
    yield fault(mistake.message, `belfry answers 401, and ${lost}`, reload(mistake.remedy), {
      place: own === undefined ? place : loaded.placeOf(own),
    });
  }
}

const authorityOf = ({ host, port }: OverTcp): string => (host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`);

function reaches(listening: string, host: string): boolean {
  if (listening === '0.0.0.0') return !host.includes(':');
  if (listening === '::') return host.includes(':') || host === 'localhost';
  return listening === host || (host === 'localhost' && isOfThisMachine(listening));
}

interface Mistake {
  readonly message: string;
  readonly remedy: string;
  readonly option?: string;
}

/** Compares what Dovecot shows with what belfry asks for, as far as this user may read it. No message quotes a secret. */
function credentialMistake(
  { kind, token: shown }: PushDriver,
  url: URL,
  { token, basic }: DoctorContext['configuration']['http']['authentication'],
): Mistake | undefined {
  if (token === undefined && basic === undefined) return undefined;
  const expected = token && ifPossible(() => readSecret(token, 'token'));
  if (shown !== undefined && token !== undefined) {
    if (expected === undefined || expected === shown) return undefined;
    return {
      message: 'belfry_token is not the token of belfry (http_token)',
      remedy: 'write the same token in both files',
    };
  }
  if (url.username !== '' && basic !== undefined) {
    const password = ifPossible(() => readSecret(basic.password, 'password'));
    const isRight =
      decoded(url.username) === basic.user && (password === undefined || decoded(url.password) === password);
    return isRight
      ? undefined
      : {
          message: 'the user or the password in the URL is not that of belfry (http_user, http_password)',
          remedy: 'write the same user and password in both files, percent-encoded in the URL',
        };
  }
  const remedy =
    kind === 'lua' && token !== undefined
      ? 'write belfry_token = the token of http_token'
      : 'write the user and the password of http_user and http_password into the URL: http://user:password@host';
  return { message: 'belfry asks for credentials, and Dovecot sends none that it accepts', remedy };
}

const decoded = (text: string): string => ifPossible(() => decodeURIComponent(text)) ?? text;
