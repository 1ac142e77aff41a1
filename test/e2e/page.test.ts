/** The web page in a real Chromium: shows what is wrong, repairs it by click, runs nothing that an event contains. */
import axe from 'axe-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { hostile } from '../page/samples.ts';
import { until } from '../support/until.ts';
import { hasBrowser, type PageSite, startBrowser, startPageSite, token } from './page-site.ts';

const views = ['', 'events', 'queue', 'dead', 'explain', 'configuration'] as const;

interface Visit {
  readonly page: Page;
  /** What went wrong in the browser: errors of scripts, violations of the policy, requests to anywhere else. */
  readonly faults: readonly string[];
}

async function visit(
  browser: Browser,
  { url }: PageSite,
  options: Parameters<Browser['newContext']>[0] = {},
): Promise<Visit> {
  const context: BrowserContext = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
  onTestFinished(() => context.close());
  const page = await context.newPage();
  const faults: string[] = [];
  page.on('pageerror', ({ message }) => faults.push(message));
  page.on('dialog', (dialog) => faults.push(`a dialog: ${dialog.message()}`));
  page.on('console', (message) => {
    // A daemon that is away, and a token that is wrong, are seen by the browser as well.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      faults.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(url) && !request.url().startsWith('data:')) faults.push(`asks ${request.url()}`);
  });
  await page.goto(url);
  return { page, faults };
}

async function logIn(page: Page): Promise<void> {
  await page.getByLabel('Token').fill(token);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByText('live', { exact: true }).waitFor();
}

const headline = async (page: Page): Promise<string> =>
  (await page.getByRole('heading', { level: 1 }).textContent()) ?? '';
const untilSaid = (page: Page, words: string): Promise<true> =>
  until(`the headline ${words}`, async () => (await headline(page)).includes(words), { seen: () => page.url() });

async function violations(page: Page): Promise<readonly string[]> {
  await page.evaluate(axe.source);
  const found: axe.AxeResults = await page.evaluate("axe.run(document, { resultTypes: ['violations'] })");
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(' | ')}`);
}

const show = async (page: Page, view: string): Promise<void> => {
  await page.evaluate(`location.hash = '#/${view}'`);
  await page.locator('main').waitFor();
  await page.getByText('Loading…').waitFor({ state: 'detached' });
};

describe.skipIf(!hasBrowser)(`the page${hasBrowser ? '' : ' (skipped: there is no /usr/bin/chromium)'}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    const closers: (() => void | Promise<void>)[] = [];
    browser = await startBrowser((close) => closers.push(close));
    return async () => {
      for (const close of closers) await close();
    };
  });

  it('under load with a failing receiver: says so, shows the way of an event, and repairs it by click', async () => {
    const site = await startPageSite(onTestFinished);
    const { mood, taken } = site;
    const refused = (): number =>
      site.daemon.lines().filter(({ msg, notifier }) => notifier === 'crm' && /dead letter/.test(String(msg))).length;
    mood.words.set('mallory', [422, 'no such customer']);
    await site.send(site.events(3, 'mallory'));
    await until('three dead letters', () => refused() === 3);
    mood.everything = [503, 'database is down'];
    const stop = new AbortController();
    onTestFinished(() => stop.abort());
    const load = site.send(site.events(20_000), 30, stop.signal).catch((thrown) => {
      if (!stop.signal.aborted) throw thrown;
    });
    const { page, faults } = await visit(browser, site);
    await page.getByLabel('Token').fill('a-wrong-token');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('alert').waitFor();
    await logIn(page);

    await untilSaid(page, 'crm has not accepted anything');
    expect(await page.title()).toMatch(/^✗ .*crm/);
    await page.getByRole('row', { name: /^crm/ }).getByText('database is down').first().waitFor();

    // Somebody asks about john.
    await page.getByRole('searchbox').first().fill('john');
    const row = page.getByRole('row').filter({ hasText: 'john' }).filter({ hasText: 'crm' }).last();
    await row.getByRole('link').click();
    const way = page.getByRole('region', { name: 'The way of one event' });
    await way.getByText('received and stored').waitFor();
    await way.getByText(/of john in/).waitFor();
    await page.getByRole('link', { name: 'Close' }).click();
    await page.getByRole('searchbox').first().fill('');

    // The receiver is repaired, and nobody wants to wait.
    delete mood.everything;
    await page.getByRole('button', { name: 'Try crm now' }).first().click();
    await untilSaid(page, 'dead letter');
    expect(taken.some((body) => body.includes('mallory'))).toBe(false);

    await page.getByRole('button', { name: 'Show them' }).click();
    await page.getByRole('heading', { name: 'Dead letters', level: 1 }).waitFor();
    await page.getByRole('button', { name: /^Drop 3 dead letters of crm/ }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText(/Drop 3 dead letters of crm, given up because of .*no such customer/).waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Drop…');

    mood.words.clear();
    await page
      .getByRole('row')
      .filter({ hasText: 'mallory' })
      .first()
      .getByRole('button', { name: /^Try again/ })
      .click();
    await dialog.getByRole('button', { name: 'Try 1 again' }).click();
    await until('the dead letter to be delivered', () => taken.some((body) => body.includes('mallory')));
    await page.getByText('Trying 1 dead letter now').waitFor();

    await page.getByRole('button', { name: /^Drop 2 dead letters of crm/ }).click();
    await dialog.getByRole('button', { name: 'Drop 2', exact: true }).click();
    await page.getByText('There are no dead letters').waitFor();
    expect(taken.filter((body) => body.includes('mallory'))).toHaveLength(1);

    await page.getByRole('link', { name: 'Overview' }).click();
    await untilSaid(page, 'All is well');
    stop.abort();
    await load;

    // The daemon restarts.
    await site.daemon.stop();
    await page.getByText(/^not reachable since/).waitFor();
    await untilSaid(page, 'has not answered');
    await site.start();
    await page.getByText('live', { exact: true }).waitFor();
    await page.getByText('belfry was restarted').waitFor();
    expect(faults).toEqual([]);
  });

  it('can be used with a screen reader and by keyboard, in dark and light, wide and narrow', async () => {
    const site = await startPageSite(onTestFinished);
    site.mood.words.set('mallory', [422, 'no such customer']);
    site.mood.words.set('jane', [503, 'database is down']);
    await site.send([...site.events(40), ...site.events(3, 'mallory'), { event: 'nonsense' }]);
    const found: string[] = [];
    for (const [colorScheme, width] of [
      ['dark', 1280],
      ['light', 1280],
      ['light', 320],
    ] as const) {
      const { page, faults } = await visit(browser, site, { colorScheme, viewport: { width, height: 800 } });
      found.push(...(await violations(page)));
      await logIn(page);
      await page.getByRole('table').first().waitFor();
      for (const view of views) {
        await show(page, view);
        const wrong = await violations(page);
        found.push(...wrong.map((one) => `${colorScheme} ${width} ${view}: ${one}`));
      }
      await show(page, 'events');
      await page.getByRole('row').nth(1).getByRole('link').click();
      await page.getByText('received and stored').waitFor();
      found.push(...(await violations(page)));
      await show(page, '');
      await page.getByRole('button', { name: 'Pause crm' }).press('Enter');
      await page.getByRole('dialog').waitFor();
      found.push(...(await violations(page)));
      // What is behind the dialog cannot be reached.
      for (let presses = 0; presses < 12; presses++) await page.keyboard.press('Tab');
      expect(await page.evaluate("document.activeElement.closest('dialog, body').tagName")).toMatch(/DIALOG|BODY/);
      await page.keyboard.press('Escape');
      await until('the focus to be back', () =>
        page.evaluate("document.activeElement.getAttribute('aria-label') === 'Pause crm'"),
      );
      await page.keyboard.press('Home');
      expect(faults).toEqual([]);
    }
    expect(found).toEqual([]);
  });

  it('runs nothing that events and receivers contain, and stays in its width', async () => {
    const site = await startPageSite(onTestFinished, ['crm_retry_schedule: 1h']);
    const texts = hostile.map((text) => text.toWellFormed().replaceAll('\0', ''));
    let next = 0;
    const pick = (): string => texts[next++ % texts.length] ?? '';
    for (const [index, text] of texts.entries()) {
      site.mood.words.set(`marker-${index}`, [index % 2 === 0 ? 422 : 503, text.slice(0, 400)]);
    }
    await site.send(
      texts.map((text, index) => ({
        ...{
          event: 'MessageNew',
          user: text.slice(0, 900),
          messageSize: 1,
          messageContent: `Subject: ${pick()}\r\nX-Mark: marker-${index}`,
        },
        uri: `imap://mail1.example.org/user/${encodeURIComponent(text.slice(0, 300))};UIDVALIDITY=1/;UID=${index + 1}`,
      })),
    );
    await site.send([{ event: hostile[0], user: hostile[0] }]);
    const { page, faults } = await visit(browser, site, { viewport: { width: 320, height: 800 } });
    await logIn(page);
    await until('all of it to have been attempted', async () => {
      const answer = await page.request.get(`${site.url}api/dead/groups`);
      const { items }: { items: unknown[] } = await answer.json();
      return items.length >= texts.length / 2;
    });
    for (const width of [320, 1280]) {
      await page.setViewportSize({ width, height: 800 });
      for (const view of [...views, 'dead?notifier=crm', 'dead?notifier=unusable']) {
        await show(page, view);
        expect(await page.evaluate('[document.documentElement.scrollWidth, window.hasRun]'), view).toEqual([
          width,
          undefined,
        ]);
      }
      await show(page, 'events');
      const links = await page.locator('tbody th a').all();
      expect(links.length).toBeGreaterThanOrEqual(texts.length);
      for (const link of links) {
        await link.click();
        await page.getByText('The request as it came').click();
        expect(await page.evaluate('[document.documentElement.scrollWidth, window.hasRun]')).toEqual([
          width,
          undefined,
        ]);
        await page.getByText('The request as it came').click();
      }
    }
    expect(faults).toEqual([]);
  });
});
