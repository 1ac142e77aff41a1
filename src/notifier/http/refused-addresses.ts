/** Addresses that a request must not reach: metadata services never, special-purpose ones where names lead to them that others control. */
import { BlockList, isIP } from 'node:net';

/** What answers with the credentials of a machine at providers of virtual machines. */
const metadata4 = [
  '169.254.169.254',
  '169.254.170.2',
  '169.254.170.23',
  '168.63.129.16',
  '100.100.100.200',
  '192.0.0.192',
];
const metadata6 = ['fd00:ec2::254', 'fd00:ec2::23', 'fd20:ce::254'];

/** The special-purpose registries (RFC 6890, updated by RFC 8190), the multicast ranges, and former site-local addresses. */
const special4 = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12', '192.0.0.0/24'],
  ...['192.0.2.0/24', '192.31.196.0/24', '192.52.193.0/24', '192.88.99.0/24', '192.168.0.0/16', '192.175.48.0/24'],
  ...['198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/4', '240.0.0.0/4'],
];
/** `::/96` has `::`, `::1` and IPv4-compatible ones; those of NAT64, 6to4 and Teredo can stand for any address of IPv4. */
const special6 = [
  ...['::/96', '64:ff9b::/96', '64:ff9b:1::/48', '100::/64', '100:0:0:1::/64', '2001::/23', '2001:db8::/32'],
  ...['2002::/16', '2620:4f:8000::/48', '3fff::/20', '5f00::/16', 'fc00::/7', 'fe80::/10', 'fec0::/10', 'ff00::/8'],
];

/** `192.0.2.0/24`, `2001:db8::/32`, or one address. */
export function isRange(written: string): boolean {
  const [address = '', bits, ...more] = written.split('/');
  const family = isIP(address);
  if (family === 0 || address.includes('%') || more.length > 0) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128));
}

function listOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits] = range.split('/');
    const family = isIP(address) === 4 ? 'ipv4' : 'ipv6';
    list.addSubnet(address, Number(bits ?? (family === 'ipv4' ? 32 : 128)), family);
  }
  return list;
}

/** An address of IPv4 as those of IPv6 can hold it, where a translator stands between. */
function translated(address: string): readonly string[] {
  const [a = 0, b = 0, c = 0, d = 0] = address.split('.').map(Number);
  return [
    `::${address}`,
    `64:ff9b::${address}`,
    `2002:${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}::/48`,
  ];
}

/** Why a connection to an address must not be made; undefined where it may. The address is one that `isIP` takes. */
export type AddressRule = (address: string) => string | undefined;

/**
 * `allowed`: undefined where only metadata services are refused, as for a URL that the administrator has written; otherwise
 * the ranges among the special-purpose ones to which connections may be made.
 */
export function addressRule(allowed: readonly string[] | undefined): AddressRule {
  const metadata = listOf([...metadata4, ...metadata6, ...metadata4.flatMap(translated)]);
  const special = allowed && listOf([...special4, ...special6]);
  const exceptions = allowed && listOf(allowed);
  return (address) => {
    // `fe80::1%eth0`: the zone says which interface.
    const [plain = ''] = address.split('%');
    const family = isIP(plain) === 4 ? 'ipv4' : 'ipv6';
    if (metadata.check(plain, family)) return 'it is that of a metadata service, to which belfry never connects';
    if (special?.check(plain, family) !== true || exceptions?.check(plain, family) === true) return undefined;
    return 'it is private or has a special purpose, and webhook_allow does not name it';
  };
}
