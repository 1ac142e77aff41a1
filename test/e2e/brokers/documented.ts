/** The configuration of a page of the documentation, run as it is printed but for the address of the server. */
import { blocksIn } from '../../documentation/blocks.ts';
import type { Daemon } from '../daemon.ts';
import { makePlace, type Place, serve } from '../place.ts';

/** Starts a daemon with the first configuration on the page. `address`: what stands there, and what the test has instead. */
export async function documentedDaemon(
  page: string,
  address: readonly [printed: string, own: string],
): Promise<{ readonly place: Place; readonly daemon: Daemon }> {
  const block = blocksIn(page).find(({ language }) => language === 'belfry.conf')?.text ?? '';
  const [printed, own] = address;
  if (!block.includes(printed)) throw new Error(`${page} does not have ${printed}`);
  const [, names = ''] = /^notifiers: (.*)$/m.exec(block) ?? [];
  const lines = block.split('\n').filter((line) => line !== '' && !line.startsWith('notifiers:'));
  const place = await makePlace(
    lines.map((line) => line.replaceAll(printed, own)),
    `journal ${names}`,
  );
  return { place, daemon: await serve(place) };
}
