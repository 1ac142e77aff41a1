/** `npm run screenshots`: makes the pictures of the documentation from a real run, into docs/images or the folder that is named. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../support/until.ts';
import { type PageSite, startBrowser, startPageSite, token } from './page-site.ts';
import { lastScreen, terminalPage } from './terminal-picture.ts';
import { type Defer, root } from './workspace.ts';

/** How long the load runs before the pictures are made: the charts need something to show. */
const loadSeconds = Number(process.env['SCREENSHOT_SECONDS'] ?? 150);

const [folder = join(root, 'docs/images')] = process.argv.slice(2);
const undo: (() => void | Promise<void>)[] = [];
const defer: Defer = (one) => undo.push(one);

async function run(site: PageSite): Promise<void> {
  const stop = new AbortController();
  site.mood.words.set('user/amara/Sent', [422, 'this customer has left']);
  const load = site.send(site.events(200_000), 40, stop.signal).catch(() => {});
  await until('some dead letters', () => secondsSince(startedAt) > 10);
  site.mood.words.clear();
  await until('two thirds of the load', () => secondsSince(startedAt) > (loadSeconds * 2) / 3);
  site.mood.everything = [503, 'database is down'];
  await until('the rest of the load', () => secondsSince(startedAt) > loadSeconds, { deadlineMs: 2000 * loadSeconds });
  await pictures(site);
  stop.abort();
  await load;
}

async function pictures({ url, file }: PageSite): Promise<void> {
  const browser = await startBrowser(defer);
  for (const [command, ms] of [
    ['status', 10_000],
    ['top', 4000],
  ] as const) {
    const page = await browser.newPage({ viewport: { width: 1500, height: 800 } });
    await page.setContent(terminalPage(`belfry ${command}`, await lastScreen([command, '-C', file], 150, ms)));
    await page.locator('pre').screenshot({ path: join(folder, `terminal-${command}.png`) });
    await page.close();
  }
  for (const [name, colorScheme, width, height] of [
    ['page-light', 'light', 1280, 1150],
    ['page-dark', 'dark', 1280, 1150],
    ['page-narrow', 'light', 390, 844],
    ['page-event', 'light', 1280, 720],
  ] as const) {
    const context = await browser.newContext({ viewport: { width, height }, colorScheme });
    const page = await context.newPage();
    await page.goto(url);
    await page.getByLabel('Token').fill(token);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByText('live', { exact: true }).waitFor();
    await page.locator('.plot canvas').first().waitFor();
    if (name === 'page-event') {
      const answer = await page.request.get(`${url}api/queue?notifier=crm&limit=1`);
      const { items }: { items: { id: string; user: string }[] } = await answer.json();
      await page.evaluate(`location.hash = '#/events?search=${items[0]?.user}&id=${items[0]?.id}'`);
      await page.getByText('The request as it came').click();
      await page.getByRole('button', { name: 'Hold' }).click();
    }
    await page.evaluate('document.activeElement.blur()');
    await page.screenshot({ path: join(folder, `${name}.png`) });
    await context.close();
  }
}

const startedAt = performance.now();
const secondsSince = (at: number): number => (performance.now() - at) / 1000;
mkdirSync(folder, { recursive: true });
try {
  await run(await startPageSite(defer));
} finally {
  for (const one of undo.reverse()) await one();
}
