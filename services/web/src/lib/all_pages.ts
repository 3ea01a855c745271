import type { Page } from "../api/types";

// All that there is, page by page; `more` when that is beyond what a page of ours can show.
export async function allPages<T>(list: (query: { limit: number; cursor?: string }) => Promise<Page<T>>, most = 20):
    Promise<{ items: T[]; more: boolean }> {
  const items: T[] = [];
  let cursor: string | undefined;
  for (let read = 0; read < most; ++read) {
    const page = await list(cursor ? { limit: 500, cursor } : { limit: 500 });
    items.push(...page.items);
    cursor = page.next_cursor || undefined;
    if (!cursor) return { items, more: false };
  }
  return { items, more: true };
}
