import type { JSX } from "preact";
import { useEffect } from "preact/hooks";
import { Store, useStore } from "../state/store";
import { exactTime, parseTime, relativeTime } from "../text/time";

/** One clock for all times that are shown. */
const now = new Store(new Date());
let watchers = 0;
let timer: ReturnType<typeof setInterval> | undefined;

function useNow(): void {
    useEffect(() => {
        if (watchers++ === 0) timer = setInterval(() => now.set(new Date()), 30_000);
        return () => {
            if (--watchers === 0) clearInterval(timer);
        };
    }, []);
    useStore(now);
}

/** "5 minutes ago", with the exact time on hover. */
export function RelativeTime({ at }: { at: string }): JSX.Element {
    useNow();
    const time = parseTime(at);
    return (
        <time class="time" dateTime={time.toISOString()} title={exactTime(time)}>
            {relativeTime(time, new Date())}
        </time>
    );
}
