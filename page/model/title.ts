/** The title and the icon of the tab, so that it says in the background whether all is well. */
import type { Status } from '../api/types.ts';
import { shown } from './printable.ts';

export function titleOf(status: Status | undefined, isReachable: boolean): string {
  if (status === undefined) return 'belfry';
  const { verdict, host } = status;
  const where = `belfry · ${shown(host, 60)}`;
  if (!isReachable) return `? Not reachable · ${where}`;
  if (verdict.level === 'ok') return `✓ ${where}`;
  const many = verdict.problems.length > 1 ? `(${verdict.problems.length}) ` : '';
  return `${verdict.level === 'bad' ? '✗' : '!'} ${many}${shown(verdict.headline, 80)} · ${where}`;
}

export function iconOf(status: Status | undefined, isReachable: boolean): string {
  return `/page/icon-${status === undefined || !isReachable ? 'unknown' : status.verdict.level}.svg`;
}
