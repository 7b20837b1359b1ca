import type { ComponentChildren, JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { visits } from "../state/router";

let focusedVisit = 0;

/** The title of a screen and of the window. After a change of place it takes the focus, so that who listens hears where they are. */
export function Heading({ title, children, focus = true, class: name }: {
    title: string;
    children?: ComponentChildren;
    focus?: boolean;
    class?: string;
}): JSX.Element {
    const heading = useRef<HTMLHeadingElement>(null);
    useEffect(() => {
        document.title = `${title} · alma-leads`;
    }, [title]);
    useLayoutEffect(() => {
        if (focusedVisit === visits) return;
        focusedVisit = visits;
        if (!focus) return;
        heading.current?.focus({ preventScroll: true });
        scrollTo(0, 0);
    }, []);
    return (
        <h1 ref={heading} tabIndex={-1} class={name}>
            {children ?? title}
        </h1>
    );
}
