/** Short messages about what has just happened, with a way back. They wait while one points at them or has the focus in them. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Store, useStore } from "../state/store";
import { t } from "../text/messages";
import { Icon } from "./icon";

interface Toast {
    id: number;
    content: ComponentChildren;
    kind: "done" | "wrong";
    undo?: () => void;
}

const shownFor = 8_000;
const toasts = new Store<readonly Toast[]>([]);
let lastId = 0;

function dismiss(id: number): void {
    toasts.set(toasts.value.filter((toast) => toast.id !== id));
}

export function tell(content: ComponentChildren, undo?: () => void): void {
    // One at a time can be undone by its key, so a new one takes the place of those before it.
    toasts.set([{ id: ++lastId, content, kind: "done", ...(undo ? { undo } : {}) }]);
}

export function tellWrong(content: ComponentChildren): void {
    toasts.set([{ id: ++lastId, content, kind: "wrong" }]);
}

/** Takes back what the newest message is about. */
export function undoLast(): void {
    const last = toasts.value.at(-1);
    if (!last?.undo) return;
    dismiss(last.id);
    last.undo();
}

function ToastBox({ toast }: { toast: Toast }): JSX.Element {
    const [isHeld, setHeld] = useState(false);
    useEffect(() => {
        if (isHeld) return;
        const timer = setTimeout(() => dismiss(toast.id), shownFor);
        return () => clearTimeout(timer);
    }, [isHeld, toast.id]);
    return (
        <div class={`toast toast-${toast.kind}`} onPointerEnter={() => setHeld(true)} onPointerLeave={() => setHeld(false)}
            onFocusIn={() => setHeld(true)} onFocusOut={() => setHeld(false)}>
            <Icon name={toast.kind === "done" ? "check" : "warning"} />
            <span class="toast-text">{toast.content}</span>
            {toast.undo && (
                <button type="button" class="button button-quiet" onClick={undoLast}>
                    <Icon name="undo" directional />
                    {t("common.undo")}
                </button>
            )}
            <button type="button" class="icon-button" aria-label={t("common.dismiss")} title={t("common.dismiss")} onClick={() => dismiss(toast.id)}>
                <Icon name="close" />
            </button>
        </div>
    );
}

export function Toasts(): JSX.Element {
    const shown = useStore(toasts);
    return (
        <section class="toasts" role="status" aria-live="polite" aria-label={t("common.messages")}>
            {shown.map((toast) => <ToastBox key={toast.id} toast={toast} />)}
        </section>
    );
}
