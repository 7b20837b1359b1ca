import { useEffect, useState } from "preact/hooks";
import type { Answer } from "../api/client";
import { isAbort } from "../api/client";

export interface Pages<Item> {
    items: readonly Item[];
    hasMore: boolean;
    failure: unknown;
    reload: () => Promise<void>;
    loadMore: () => Promise<void>;
}

/**
 * A list that comes in pages, from its first one on, and anew when one of `causes` changes.
 * @param read the page at an address, and where the next one is
 */
export function usePages<Item>(
    first: string, read: (page: string, signal?: AbortSignal) => Promise<Answer<Item[]>>, causes: readonly unknown[],
): Pages<Item> {
    const [items, setItems] = useState<readonly Item[]>([]);
    const [next, setNext] = useState<string | null>(null);
    const [failure, setFailure] = useState<unknown>(null);
    const load = async (page: string, before: readonly Item[], signal?: AbortSignal): Promise<void> => {
        try {
            const answer = await read(page, signal);
            setItems([...before, ...answer.data]);
            setNext(answer.next);
            setFailure(null);
        } catch (reason) {
            if (!isAbort(reason)) setFailure(reason);
        }
    };
    useEffect(() => {
        const abort = new AbortController();
        void load(first, [], abort.signal);
        return () => abort.abort();
    }, [first, ...causes]);
    return {
        items, hasMore: next !== null, failure,
        reload: () => load(first, []),
        loadMore: async () => {
            if (next) await load(next, items);
        },
    };
}
