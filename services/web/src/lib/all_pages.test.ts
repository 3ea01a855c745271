import { expect, test } from "vitest";
import { allPages } from "./all_pages";

function pagesOf(count: number) {
  const asked: (string | undefined)[] = [];
  const list = async (query: { cursor?: string }) => {
    asked.push(query.cursor);
    const at = Number(query.cursor ?? 0);
    return { items: [at], next_cursor: at + 1 < count ? String(at + 1) : null };
  };
  return { asked, list };
}

test("pages are read until there are no more", async () => {
  const { asked, list } = pagesOf(3);
  expect(await allPages(list)).toEqual({ items: [0, 1, 2], more: false });
  expect(asked).toEqual([undefined, "1", "2"]);
});

test("what is too much is said", async () => {
  expect(await allPages(pagesOf(5).list, 2)).toEqual({ items: [0, 1], more: true });
});
