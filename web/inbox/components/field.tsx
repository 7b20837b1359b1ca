import type { InputHTMLAttributes, JSX } from "preact";
import { useId } from "preact/hooks";

/** An input with its label, a hint and what is wrong with it. */
export function Field({ label, hint, error, ...input }: {
    label: string;
    hint?: string;
    error?: string | undefined;
} & InputHTMLAttributes<HTMLInputElement>): JSX.Element {
    const id = useId();
    const described = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(" ");
    return (
        <div class="field">
            <label for={id}>{label}</label>
            {hint && <p class="field-hint" id={`${id}-hint`}>{hint}</p>}
            <input {...input} id={id} class="input" aria-invalid={error ? true : undefined} aria-describedby={described || undefined} />
            {error && <p class="field-error" id={`${id}-error`}>{error}</p>}
        </div>
    );
}
