/** Single keys, as in other inboxes. They can be switched off (WCAG 2.1.4) and never act while one types. */
import { useEffect } from "preact/hooks";
import { preferences } from "./preferences";

export type Shortcuts = Record<string, () => void>;

function isTyping(target: EventTarget | null): boolean {
    return target instanceof HTMLElement
        && (target.isContentEditable || target.matches("textarea, select, input:not([type=checkbox], [type=radio])"));
}

export function useShortcuts(shortcuts: Shortcuts): void {
    useEffect(() => {
        const onKeyDown = (event: KeyboardEvent): void => {
            if (!preferences.value.hasShortcuts || event.defaultPrevented) return;
            if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
            if (document.querySelector("dialog[open], [role=menu]")) return;
            const act = shortcuts[event.key];
            if (!act) return;
            event.preventDefault();
            act();
        };
        addEventListener("keydown", onKeyDown);
        return () => removeEventListener("keydown", onKeyDown);
    });
}
