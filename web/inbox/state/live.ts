/** What others do while one looks: the service's event stream. Without it everything works, only not by itself. */
import { findSession } from "./session";

export type LeadEvent =
    | { uuid: string; change: "CREATED" | "CHANGED" | "ERASED" }
    /** The stream was away for a while: whatever may have happened was not told. */
    | { change: "MISSED" };

const firstWait = 5_000, longestWait = 120_000;
const name = "alma-leads.events";
const listeners = new Set<(event: LeadEvent) => void>();

export function onLeadEvent(listener: (event: LeadEvent) => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
}

function tell(event: LeadEvent): void {
    for (const listener of [...listeners]) listener(event);
}

/** Listens until the function that it answers is called. */
export function listen(): () => void {
    const end = new AbortController();
    const others = new BroadcastChannel(name);
    others.onmessage = ({ data }: MessageEvent<LeadEvent>): void => tell(data);
    end.signal.addEventListener("abort", () => others.close());
    const hear = (event: LeadEvent): void => {
        others.postMessage(event);
        tell(event);
    };
    // A browser has six connections to a host over HTTP/1.1, so of many tabs one listens for all.
    if (navigator.locks) navigator.locks.request(name, { signal: end.signal }, () => stream(hear, end.signal)).catch(() => {});
    else void stream(hear, end.signal);
    return () => end.abort();
}

/** Keeps a stream open until the signal. */
function stream(hear: (event: LeadEvent) => void, end: AbortSignal): Promise<void> {
    let source: EventSource | undefined;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let wait = firstWait;
    let hasBroken = false;

    const open = (): void => {
        source = new EventSource("/leads/events");
        source.addEventListener("open", () => {
            wait = firstWait;
            if (hasBroken) hear({ change: "MISSED" });
        });
        source.addEventListener("lead", (message: MessageEvent<string>) => hear(JSON.parse(message.data) as LeadEvent));
        source.addEventListener("error", () => {
            hasBroken = true;
            // A stream that broke is taken up again by the browser. One that was refused is not: the session may have ended,
            // or the service may have as many listeners as it takes.
            if (source?.readyState !== EventSource.CLOSED) return;
            timer = setTimeout(() => void findSession().then(() => {
                if (!end.aborted) open();
            }), wait);
            wait = Math.min(2 * wait, longestWait);
        });
    };
    open();
    return new Promise((resolve) => end.addEventListener("abort", () => {
        clearTimeout(timer);
        source?.close();
        resolve();
    }));
}
