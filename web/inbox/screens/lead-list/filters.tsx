import type { JSX } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
import { Icon } from "../../components/icon";
import { assignees } from "../../state/assignees";
import { hasFilters, sortNames } from "../../state/lead-list";
import { hrefTo, replacePlace } from "../../state/router";
import { useStore } from "../../state/store";
import { t } from "../../text/messages";

const typingPause = 150;

/** Puts filters into the place, from where the list reads them. */
function refine(query: URLSearchParams, changes: Record<string, string>): void {
    const refined = new URLSearchParams(query);
    for (const [name, value] of Object.entries(changes)) value ? refined.set(name, value) : refined.delete(name);
    replacePlace(hrefTo(["leads"], refined));
}

/** Searches as one types, after a short pause. */
export function SearchBox({ query }: { query: URLSearchParams }): JSX.Element {
    const wanted = query.get("q") ?? "";
    const [text, setText] = useState(wanted);
    const sent = useRef(wanted);
    useEffect(() => {
        // Changed from elsewhere: filters were cleared, or one went back.
        if (wanted !== sent.current) setText(wanted);
        sent.current = wanted;
    }, [wanted]);
    useEffect(() => {
        if (text.trim() === sent.current) return;
        const timer = setTimeout(() => {
            sent.current = text.trim();
            refine(query, { q: text.trim() });
        }, typingPause);
        return () => clearTimeout(timer);
    }, [text, query]);
    return (
        <search class="search">
            <Icon name="search" />
            <input type="search" class="input" placeholder={t("list.search")} aria-label={t("list.search")} maxLength={200}
                autocomplete="off" spellcheck={false} value={text} onInput={(event) => setText(event.currentTarget.value)} />
        </search>
    );
}

const statuses = ["", "PENDING", "REACHED_OUT"] as const;

/** On a phone all but the status is folded away. */
export function Filters({ query }: { query: URLSearchParams }): JSX.Element {
    const status = query.get("status") ?? "";
    const [isOpen, setOpen] = useState(false);
    const id = useId();
    return (
        <div class="filters">
            <fieldset class="segments">
                <legend class="visually-hidden">{t("list.status")}</legend>
                {statuses.map((value) => (
                    <label key={value} class="segment">
                        <input type="radio" name="status" value={value} checked={status === value} onChange={() => refine(query, { status: value })} />
                        <span>{value ? t(`status.${value}`) : t("list.anyStatus")}</span>
                    </label>
                ))}
            </fieldset>
            <button type="button" class="button filters-toggle" aria-expanded={isOpen} aria-controls={id} onClick={() => setOpen(!isOpen)}>
                <Icon name="filter" />
                {t("list.filters")}
            </button>
            <div class={isOpen ? "filters-more filters-open" : "filters-more"} id={id}>
                <AssigneeFilter query={query} />
                <label class="select-label">
                    <span class="visually-hidden">{t("list.sort")}</span>
                    <select class="select" value={query.get("sort") ?? "-created_at"}
                        onChange={({ currentTarget: { value } }) => refine(query, { sort: value === "-created_at" ? "" : value })}>
                        {sortNames.map((name) => <option key={name} value={name}>{t(`sort.${name}`)}</option>)}
                    </select>
                </label>
                <DateFilter query={query} name="created_from" label={t("list.from")} />
                <DateFilter query={query} name="created_to" label={t("list.to")} />
            </div>
            {hasFilters(query) && (
                <button type="button" class="button button-quiet" onClick={clearFilters}>
                    <Icon name="close" />
                    {t("list.clear")}
                </button>
            )}
        </div>
    );
}

export function clearFilters(): void {
    replacePlace(hrefTo(["leads"]));
}

function AssigneeFilter({ query }: { query: URLSearchParams }): JSX.Element {
    const known = useStore(assignees);
    const chosen = query.get("assignee") ?? "";
    const isOther = !["", "me", "none", ...known].includes(chosen);
    return (
        <label class="select-label">
            <span class="visually-hidden">{t("list.assignee")}</span>
            <select class="select" value={chosen} onChange={({ currentTarget: { value } }) => refine(query, { assignee: value })}>
                <option value="">{t("list.anyAssignee")}</option>
                <option value="me">{t("list.mine")}</option>
                <option value="none">{t("list.nobodys")}</option>
                {[...known, ...(isOther ? [chosen] : [])].map((email) => <option key={email} value={email}>{email}</option>)}
            </select>
        </label>
    );
}

function DateFilter({ query, name, label }: { query: URLSearchParams; name: string; label: string }): JSX.Element {
    return (
        <label class="date-label">
            <span>{label}</span>
            <input type="date" class="select" value={query.get(name) ?? ""} onChange={(event) => refine(query, { [name]: event.currentTarget.value })} />
        </label>
    );
}
