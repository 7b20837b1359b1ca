import type { ComponentChildren, JSX } from "preact";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import { t } from "../text/messages";
import { Icon } from "./icon";

/** A modal dialog, open as long as it is drawn. The focus returns to where it was. */
export function Dialog({ title, onClose, children }: { title: string; onClose: () => void; children: ComponentChildren }): JSX.Element {
    const dialog = useRef<HTMLDialogElement>(null);
    const titleId = useId();
    useLayoutEffect(() => {
        const before = document.activeElement;
        dialog.current?.showModal();
        return () => {
            dialog.current?.close();
            if (before instanceof HTMLElement && before.isConnected) before.focus();
        };
    }, []);
    return (
        <dialog ref={dialog} class="dialog" aria-labelledby={titleId} onClose={onClose}
            onClick={(event) => event.target === dialog.current && onClose()}>
            <div class="dialog-box">
                <header class="dialog-head">
                    <h2 id={titleId}>{title}</h2>
                    <button type="button" class="icon-button" aria-label={t("common.close")} title={t("common.close")} onClick={onClose}>
                        <Icon name="close" />
                    </button>
                </header>
                {children}
            </div>
        </dialog>
    );
}
