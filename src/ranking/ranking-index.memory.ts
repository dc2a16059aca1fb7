import { OrderedRecords } from "./ordered-records.ts";
import type { ListName, RankingIndex } from "./ranking-index.ts";

/** The boards of the only process: gone with it, and loaded again after its start. */
export function memoryRankingIndex(): RankingIndex {
  const lists = new Map<ListName, OrderedRecords>();
  const loadedTo = new Map<ListName, number>();

  function listOf(name: ListName): OrderedRecords {
    const list = lists.get(name) ?? new OrderedRecords();
    lists.set(name, list);
    return list;
  }

  return {
    isShared: false,
    loadedTo: async (list) => loadedTo.get(list) ?? null,
    loaded: async (list, to) => void loadedTo.set(list, to),
    async put(name, records) {
      const list = listOf(name);
      for (const record of records) list.put(record);
    },
    remove: async (list, id, version) => void listOf(list).remove(id, version),
    forget: async (list, id) => void lists.get(list)?.remove(id, Number.POSITIVE_INFINITY),
    size: async (list) => listOf(list).size,
    rank: async (list, id) => listOf(list).rank(id),
    range: async (list, from, count) => listOf(list).range(from, count),
    async after(name, position, count) {
      const list = listOf(name);
      const from = list.upTo(position);
      return { from, items: list.range(from, count) };
    },
    async drop(list) {
      lists.delete(list);
      loadedTo.delete(list);
    },
  };
}
