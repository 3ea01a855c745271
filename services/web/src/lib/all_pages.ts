import { useRef, useState } from "react";
import type { Page } from "../api/types";
import { type Resource, useResource } from "./resource";

type List<T> = (query: { limit: number; cursor?: string }) => Promise<Page<T>>;

const MOST_OF_A_PAGE = 500;

// The first ones, page by page; `more` when there are others.
export async function firstOnes<T>(list: List<T>, wanted: number): Promise<{ items: T[]; more: boolean }> {
  const items: T[] = [];
  let cursor: string | undefined;
  do {
    const limit = Math.min(MOST_OF_A_PAGE, wanted - items.length);
    const page = await list(cursor ? { limit, cursor } : { limit });
    items.push(...page.items);
    cursor = page.next_cursor || undefined;
  } while (cursor && items.length < wanted);
  return { items, more: cursor !== undefined };
}

// All that there is; `more` when that is beyond what a page of ours can show.
export const allPages = <T,>(list: List<T>, most = 20) => firstOnes(list, most * MOST_OF_A_PAGE);

// A list that grows when its reader asks for more. Meanwhile it stays as it was.
export function useGrowing<T>(key: string, list: List<T>, { step = 200, everySeconds }: { step?: number; everySeconds?: number }):
    { from: Omit<Resource<{ items: T[]; more: boolean }>, "at">; showMore: () => void } {
  const [asked, setAsked] = useState({ key, wanted: step });
  const wanted = asked.key === key ? asked.wanted : step;
  const read = useResource(`${key}#${wanted}`, () => firstOnes(list, wanted), { everySeconds });
  const shown = useRef<{ key: string; data?: { items: T[]; more: boolean } }>({ key });
  if (shown.current.key !== key) shown.current = { key };
  if (read.data) shown.current.data = read.data;
  return { from: { ...read, data: shown.current.data }, showMore: () => setAsked({ key, wanted: wanted + step }) };
}
