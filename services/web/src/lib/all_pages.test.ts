import { expect, test } from "vitest";
import { allPages, firstOnes } from "./all_pages";

// As the server pages: at most `limit`, and where to go on when there are more.
function listOf(count: number) {
  const asked: number[] = [];
  const list = async ({ limit, cursor }: { limit: number; cursor?: string }) => {
    asked.push(limit);
    const from = Number(cursor ?? 0);
    const to = Math.min(count, from + limit);
    return { items: Array.from({ length: to - from }, (_, at) => from + at), next_cursor: to < count ? String(to) : null };
  };
  return { asked, list };
}

test("pages are read until there are no more", async () => {
  const { asked, list } = listOf(1200);
  const all = await allPages(list);
  expect([all.items.length, all.items[1199], all.more]).toEqual([1200, 1199, false]);
  expect(asked).toEqual([500, 500, 500]);
});

test("what is too much is said", async () => {
  const some = await allPages(listOf(1200).list, 2);
  expect([some.items.length, some.more]).toEqual([1000, true]);
});

test("no more is read than is wanted", async () => {
  const { asked, list } = listOf(1200);
  expect((await firstOnes(list, 700)).items.length).toBe(700);
  expect(asked).toEqual([500, 200]);
  expect(await firstOnes(listOf(2).list, 2)).toEqual({ items: [0, 1], more: false });
});
