/** The place in the application: the fragment of the URL, which reaches no server and no log. `#/leads?status=PENDING` */
import { Store } from "./store";

export interface Place {
    /** `["leads", "550e8400-…"]` */
    path: readonly string[];
    query: URLSearchParams;
}

export function parsePlace(hash: string): Place {
    const [path = "", query = ""] = hash.replace(/^#?\/?/, "").split(/\?(.*)/s);
    return { path: path.split("/").filter(Boolean).map(decode), query: new URLSearchParams(query) };
}

function decode(part: string): string {
    try {
        return decodeURIComponent(part);
    } catch {
        return part;
    }
}

/** @param path as in a `Place` */
export function hrefTo(path: readonly string[], query?: URLSearchParams): string {
    const text = query?.toString();
    return `#/${path.map(encodeURIComponent).join("/")}${text ? `?${text}` : ""}`;
}

export const place = new Store<Place>(parsePlace(location.hash));
/** Counts changes of the path: the first screen does not take the focus, those after it do. */
export let visits = 0;

function update(): void {
    const next = parsePlace(location.hash);
    if (next.path.join("/") !== place.value.path.join("/")) visits += 1;
    place.set(next);
}
addEventListener("hashchange", update);

export function goTo(href: string): void {
    location.hash = href;
}

/** Another query for the same screen, or another place instead of this one: "back" does not lead here. */
export function replacePlace(href: string): void {
    history.replaceState(history.state, "", href);
    update();
}
