/** What the inbox and the frame that shows a resume say to each other. */

export interface ToPreview {
    kind: "pdf" | "text";
    bytes: ArrayBuffer;
    language: string;
    labels: {
        /** With `{number}` and `{count}`. */
        page: string;
        /** Said below a text, or pages, of which not all is shown. */
        isCut: string;
    };
}

/** `ready`: it waits for the bytes. `shown`: its height is that of all that there is to see, in pixels. */
export type FromPreview = { kind: "ready" } | { kind: "shown"; height: number } | { kind: "unreadable" };
