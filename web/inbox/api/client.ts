/** One request to the service: JSON in, JSON out, failures as exceptions. The session is a cookie that no script can read. */

export interface Answer<T> {
    data: T;
    /** What `If-Match` takes to change what was answered. */
    etag: string | null;
    /** Path and query of the next page of a list; null: this is the last one. */
    next: string | null;
    /** How many there are in all, where a list says so. */
    total: number | null;
}

export interface Request {
    method?: "GET" | "POST" | "PUT" | "DELETE";
    body?: unknown;
    ifMatch?: string | null;
    signal?: AbortSignal;
}

/** The service refused, or failed. */
export class ApiError extends Error {
    constructor(
        readonly status: number,
        /** The service's own words, in English. */
        readonly detail: string,
        /** Names of the fields that it did not take. */
        readonly fields: readonly string[] = [],
    ) {
        super(`${status} ${detail}`);
    }
}

/** No answer came: the network, or the service, is away. */
export class ConnectionError extends Error {}

export function isAbort(failure: unknown): boolean {
    return failure instanceof DOMException && failure.name === "AbortError";
}

/** Called when the service no longer knows who we are. */
let onSignedOut = (): void => {};
export function whenSignedOut(listener: () => void): void {
    onSignedOut = listener;
}

export async function call<T>(path: string, request: Request = {}): Promise<Answer<T>> {
    const response = await send(path, request);
    if (!response.ok) throw await problemOf(response, path);
    const total = response.headers.get("X-Total-Count");
    return {
        data: (await response.json()) as T,
        etag: response.headers.get("ETag"),
        next: nextPage(response.headers.get("Link")),
        total: total === null ? null : Number(total),
    };
}

/** The bytes of a file. */
export async function download(path: string, signal: AbortSignal): Promise<ArrayBuffer> {
    const response = await send(path, { signal });
    if (!response.ok) throw await problemOf(response, path);
    return response.arrayBuffer();
}

async function send(path: string, { method = "GET", body, ifMatch, signal }: Request): Promise<Response> {
    const headers = new Headers({ Accept: "application/json" });
    // A form on another site cannot send this header: with it the service knows that a change comes from here.
    if (method !== "GET") headers.set("X-Requested-With", "alma-leads");
    if (body !== undefined) headers.set("Content-Type", "application/json");
    if (ifMatch) headers.set("If-Match", ifMatch);
    try {
        return await fetch(path, {
            method,
            headers,
            credentials: "same-origin",
            body: body === undefined ? null : JSON.stringify(body),
            signal: signal ?? null,
        });
    } catch (failure) {
        if (isAbort(failure)) throw failure;
        throw new ConnectionError(String(failure));
    }
}

interface FieldError {
    loc: (string | number)[];
    msg: string;
}

async function problemOf(response: Response, path: string): Promise<ApiError> {
    // Asking for the session, or for a new one, is how one learns that there is none.
    if (response.status === 401 && path !== "/session") onSignedOut();
    let detail: unknown;
    try {
        detail = ((await response.json()) as { detail?: unknown }).detail;
    } catch {
        // A proxy's own page has no detail.
    }
    if (!Array.isArray(detail)) return new ApiError(response.status, typeof detail === "string" ? detail : "");
    const errors = detail as FieldError[];
    return new ApiError(
        response.status,
        errors.map((error) => error.msg).join(" "),
        errors.map((error) => String(error.loc.at(-1))),
    );
}

/** `<https://host/leads/?cursor=x>; rel="next"` → `/leads/?cursor=x` */
export function nextPage(link: string | null): string | null {
    const target = /<([^>]*)>\s*;[^,]*\brel="?next"?/.exec(link ?? "")?.[1];
    if (target === undefined) return null;
    const url = new URL(target, "http://service.invalid");
    return url.pathname + url.search;
}
