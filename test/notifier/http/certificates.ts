/** Certificates for tests, made by openssl: a private CA, servers that it has signed, well and badly, and clients. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Identity {
  /** Paths. */
  readonly certificate: string;
  readonly key: string;
  /** What is in them. */
  readonly cert: Buffer;
  readonly keyText: Buffer;
}

export interface Authority {
  readonly certificate: string;
  readonly ca: Buffer;
  /** `names`: `IP:127.0.0.1`, `DNS:example.org`. `expired`: it was valid once. */
  issue(name: string, names: string, expired?: boolean): Identity;
}

/** A CA that keeps its files in `directory`. */
export function makeAuthority(directory: string): Authority {
  const at = (name: string): string => join(directory, name);
  const openssl = (...words: string[]): void => void execFileSync('openssl', words, { stdio: 'pipe' });
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const caFiles = ['-keyout', at('ca.key'), '-out', at('ca.pem'), '-subj', '/CN=belfry test CA', '-days', '30'];
  openssl('req', '-x509', ...newKey, ...caFiles);
  return {
    certificate: at('ca.pem'),
    ca: readFileSync(at('ca.pem')),
    issue(name, names, expired = false) {
      const [certificate, key] = [at(`${name}.pem`), at(`${name}.key`)];
      openssl('req', ...newKey, '-keyout', key, '-out', at(`${name}.csr`), '-subj', `/CN=${name}`);
      // `openssl ca` alone takes dates in the past on Debian 12.
      writeFileSync(at('index.txt'), '');
      writeFileSync(at('serial'), `${Date.now().toString(16).padStart(16, '0')}\n`);
      const lines = ['[ca]', 'default_ca=own', '[own]', `database=${at('index.txt')}`, `serial=${at('serial')}`];
      const rest = [`new_certs_dir=${directory}`, 'default_md=sha256', 'policy=any', 'unique_subject=no', '[any]'];
      writeFileSync(
        at('ca.cnf'),
        [...lines, ...rest, 'commonName=supplied', '[own_ext]', `subjectAltName=${names}`, ''].join('\n'),
      );
      const [from, to] = expired ? ['20200101000000Z', '20200201000000Z'] : ['20200101000000Z', '20490101000000Z'];
      const files = ['-cert', at('ca.pem'), '-keyfile', at('ca.key'), '-in', at(`${name}.csr`), '-out', certificate];
      openssl(
        'ca',
        '-batch',
        '-config',
        at('ca.cnf'),
        '-extensions',
        'own_ext',
        '-notext',
        '-startdate',
        from,
        '-enddate',
        to,
        ...files,
      );
      return { certificate, key, cert: readFileSync(certificate), keyText: readFileSync(key) };
    },
  };
}
