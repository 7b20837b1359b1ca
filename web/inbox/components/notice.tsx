import type { ComponentChildren, JSX } from "preact";
import { ApiError, ConnectionError } from "../api/client";
import { t } from "../text/messages";
import { Icon } from "./icon";

/** What a failure means to the person at the screen. */
export function explain(failure: unknown): string {
    if (failure instanceof ConnectionError) return navigator.onLine ? t("errors.unreachable") : t("errors.offline");
    if (failure instanceof ApiError) {
        if (failure.status === 401) return t("errors.signedOut");
        if (failure.status === 403) return t("errors.forbidden");
        if (failure.status === 404) return t("errors.notFound");
        if (failure.status === 412) return t("errors.changedMeanwhile");
        if (failure.status === 429) return t("errors.tooOften");
        if (failure.status === 503) return t("errors.busy");
        if (failure.status < 500 && failure.detail !== "") return failure.detail;
    }
    return t("errors.unknown");
}

/** Something that has to be read before going on. */
export function Notice({ kind = "wrong", children }: { kind?: "wrong" | "info" | "done"; children: ComponentChildren }): JSX.Element {
    return (
        <div class={`notice notice-${kind}`} role={kind === "wrong" ? "alert" : "status"}>
            <Icon name={kind === "done" ? "check" : "warning"} />
            <div>{children}</div>
        </div>
    );
}

export function FailureNotice({ failure, onRetry }: { failure: unknown; onRetry?: () => void }): JSX.Element {
    return (
        <Notice>
            <p>{explain(failure)}</p>
            {onRetry && (
                <button type="button" class="button" onClick={onRetry}>
                    <Icon name="refresh" />
                    {t("common.retry")}
                </button>
            )}
        </Notice>
    );
}

/** Nothing to show, and what to do about it. */
export function Empty({ title, children }: { title: string; children?: ComponentChildren }): JSX.Element {
    return (
        <div class="empty">
            <Icon name="inbox" />
            <h2>{title}</h2>
            {children}
        </div>
    );
}

/** Shown only when it takes long enough to be noticed (see its style). */
export function Loading(): JSX.Element {
    return (
        <p class="loading" role="status">
            {t("common.loading")}
        </p>
    );
}
