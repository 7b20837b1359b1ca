import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { listDuplicates } from "../../api/leads";
import type { Duplicate } from "../../api/leads";
import { Icon } from "../../components/icon";
import { Name } from "../../components/person";
import { RelativeTime } from "../../components/relative-time";
import { StatusBadge } from "../../components/status";
import { hrefTo } from "../../state/router";
import { t } from "../../text/messages";

/** Other leads that may be of the same person. Shown, never merged: two people can share a name. */
export function Duplicates({ uuid }: { uuid: string }): JSX.Element | null {
    const [found, setFound] = useState<readonly Duplicate[]>([]);
    useEffect(() => {
        const abort = new AbortController();
        setFound([]);
        // Without them one can work just as well.
        listDuplicates(uuid, abort.signal).then(({ data }) => setFound(data), () => {});
        return () => abort.abort();
    }, [uuid]);
    if (found.length === 0) return null;
    return (
        <details class="duplicates">
            <summary>
                <Icon name="people" />
                {t("lead.duplicates", { count: found.length })}
                <span class="duplicates-mark"><Icon name="chevronDown" /></span>
            </summary>
            <ul class="plain-list">
                {found.map((lead) => (
                    <li key={lead.uuid} class="duplicate">
                        <a href={hrefTo(["leads", lead.uuid])}><Name of={lead} /></a>
                        <span class="muted"><bdi>{lead.email}</bdi></span>
                        <StatusBadge status={lead.status} />
                        <span class="muted"><RelativeTime at={lead.created_at} /></span>
                        <span class="muted">{lead.matches.map((match) => t(`lead.match.${match}`)).join(", ")}</span>
                    </li>
                ))}
            </ul>
        </details>
    );
}
