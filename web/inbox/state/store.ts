import { useLayoutEffect, useState } from "preact/hooks";

/** A value that screens watch. */
export class Store<T> {
    private readonly listeners = new Set<() => void>();

    constructor(private current: T) {}

    get value(): T {
        return this.current;
    }

    set(value: T): void {
        if (Object.is(value, this.current)) return;
        this.current = value;
        for (const listener of [...this.listeners]) listener();
    }

    watch(listener: () => void): () => void {
        this.listeners.add(listener);
        return () => this.listeners.delete(listener);
    }
}

/** The value of a store; whoever asks is drawn again when it changes. */
export function useStore<T>(store: Store<T>): T {
    const [value, setValue] = useState(store.value);
    useLayoutEffect(() => {
        const update = (): void => setValue(() => store.value);
        update();
        return store.watch(update);
    }, [store]);
    return value;
}
