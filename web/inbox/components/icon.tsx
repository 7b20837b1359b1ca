import type { JSX } from "preact";

/** Drawn on 24 units with lines of one width. Each stands beside a text or in a button with a label, so none has a name of its own. */
const shapes = {
    inbox: "M3 13h5l2 3h4l2-3h5M3 13l3-8h12l3 8v5a2 2 0 0 1-2 2H5a2 2 0 0 1-2-2z",
    mail: "M3 6h18v12H3zM3 7l9 7 9-7",
    people: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2 20c.6-4 3.2-6 7-6s6.4 2 7 6M16 4.3a3.5 3.5 0 0 1 0 6.4M18 14.5c2.2.8 3.6 2.6 4 5.5",
    log: "M5 3h10l4 4v14H5zM14 3v5h5M8 13h8M8 17h5",
    person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c.7-4.5 3.6-7 8-7s7.3 2.5 8 7",
    search: "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l5 5",
    close: "M6 6l12 12M18 6L6 18",
    check: "M4 12.5l5 5L20 6.5",
    undo: "M8 5L3.5 9.5 8 14M4 9.5h10a5.5 5.5 0 0 1 0 11h-3",
    download: "M12 4v11M7 11l5 5 5-5M4 20h16",
    eye: "M2 12s3.6-6.5 10-6.5S22 12 22 12s-3.6 6.5-10 6.5S2 12 2 12zM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6z",
    note: "M4 5h16v11h-8l-4 4v-4H4z",
    trash: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13",
    chevronDown: "M6 9l6 6 6-6",
    previous: "M6 15l6-6 6 6",
    next: "M6 9l6 6 6-6",
    back: "M11 5l-7 7 7 7M4 12h16",
    filter: "M4 6h16M7 12h10M10 18h4",
    keyboard: "M2 6h20v12H2zM6 10h.01M10 10h.01M14 10h.01M18 10h.01M7 14h10",
    logOut: "M10 4H5v16h5M15 8l4 4-4 4M19 12H9",
    menu: "M4 7h16M4 12h16M4 17h16",
    file: "M6 3h8l4 4v14H6zM13 3v5h5",
    warning: "M12 4L2.5 20h19zM12 10v5M12 17.5v.01",
    send: "M4 12l16-8-5 16-4-6z",
    clock: "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3.5 2",
    refresh: "M20 11a8 8 0 0 0-14-4L4 9M4 4v5h5M4 13a8 8 0 0 0 14 4l2-2M20 20v-5h-5",
    plus: "M12 5v14M5 12h14",
    external: "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6",
} as const;

export type IconName = keyof typeof shapes;

export function Icon({ name, directional = false }: { name: IconName; directional?: boolean }): JSX.Element {
    return (
        <svg class={directional ? "icon icon-directional" : "icon"} viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d={shapes[name]} />
        </svg>
    );
}
