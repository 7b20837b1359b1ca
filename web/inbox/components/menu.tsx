import type { ComponentChildren, JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { Icon } from "./icon";

/** A button that opens a list of choices. Arrows walk through them, Escape closes. */
export function Menu({ label, children, choices, onChoose }: {
    label: string;
    /** What the button shows. */
    children: ComponentChildren;
    choices: readonly { value: string; label: string; isCurrent?: boolean }[];
    onChoose: (value: string) => void;
}): JSX.Element {
    const [isOpen, setOpen] = useState(false);
    const box = useRef<HTMLDivElement>(null);
    const button = useRef<HTMLButtonElement>(null);
    const id = useId();

    const close = (): void => {
        setOpen(false);
        button.current?.focus();
    };
    useEffect(() => {
        if (!isOpen) return;
        const items = box.current?.querySelectorAll<HTMLElement>("[role=menuitemradio]");
        (box.current?.querySelector<HTMLElement>("[aria-checked=true]") ?? items?.[0])?.focus();
        const closeOutside = (event: Event): void => {
            if (!box.current?.contains(event.target as Node)) setOpen(false);
        };
        addEventListener("pointerdown", closeOutside);
        return () => removeEventListener("pointerdown", closeOutside);
    }, [isOpen]);

    const onKeyDown = (event: KeyboardEvent): void => {
        if (!isOpen) return;
        if (event.key === "Escape") {
            event.stopPropagation();
            close();
        } else if (event.key === "Tab") {
            setOpen(false);
        } else if (["ArrowDown", "ArrowUp", "Home", "End"].includes(event.key)) {
            event.preventDefault();
            const items = [...(box.current?.querySelectorAll<HTMLElement>("[role=menuitemradio]") ?? [])];
            const at = items.indexOf(document.activeElement as HTMLElement);
            const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 }[event.key] ?? 0;
            items.at(to % items.length)?.focus();
        }
    };

    return (
        <div class="menu" ref={box} onKeyDown={onKeyDown}>
            <button type="button" ref={button} class="button" aria-haspopup="menu" aria-expanded={isOpen}
                aria-controls={isOpen ? id : undefined} onClick={() => setOpen(!isOpen)}>
                <span class="menu-label">{children}</span>
                <Icon name="chevronDown" />
            </button>
            {isOpen && (
                <div class="menu-list" role="menu" id={id} aria-label={label}>
                    {choices.map((choice) => (
                        <button key={choice.value} type="button" role="menuitemradio" tabIndex={-1} class="menu-item"
                            aria-checked={choice.isCurrent === true}
                            onClick={() => {
                                close();
                                if (!choice.isCurrent) onChoose(choice.value);
                            }}>
                            <Icon name="check" />
                            <bdi>{choice.label}</bdi>
                        </button>
                    ))}
                </div>
            )}
        </div>
    );
}
