/** The page takes what the API answers: checked by the compiler, so that neither changes alone. */
import { expectTypeOf, it } from 'vitest';
import type * as page from '../../page/api/types.ts';
import type * as api from '../../src/admin/protocol.ts';
import type { StatusAnswer } from '../../src/admin/status-answer.ts';

it('has types for the answers that fit those of the API', () => {
  expectTypeOf<StatusAnswer>().toExtend<page.Status>();
  expectTypeOf<api.RecentRow>().toExtend<page.EventRow>();
  expectTypeOf<api.EntryRow>().toExtend<page.Entry>();
  expectTypeOf<api.ItemRow>().toExtend<page.Item>();
  expectTypeOf<api.GroupRow>().toExtend<page.Group>();
  expectTypeOf<api.AdminSummary>().toExtend<page.Summary>();
});
