import type { JSX } from "preact";
import { useId } from "preact/hooks";
import { listEntries } from "../../api/audit";
import { timelineOf } from "../../api/leads";
import type { Lead } from "../../api/leads";
import { Icon } from "../../components/icon";
import { FailureNotice } from "../../components/notice";
import { RelativeTime } from "../../components/relative-time";
import { usePages } from "../../state/pages";
import { Store, useStore } from "../../state/store";
import { describe, iconOf } from "../../text/entries";
import { t } from "../../text/messages";

/** Raised by what leaves an entry but does not change the lead: reading its resume. */
export const timelineGrew = new Store(0);

/** Everything that happened to a lead, newest first. */
export function Timeline({ lead }: { lead: Lead }): JSX.Element {
    const growth = useStore(timelineGrew);
    const titleId = useId();
    const { items: entries, hasMore, failure, reload, loadMore } =
        usePages(timelineOf(lead.uuid), listEntries, [lead.version, growth]);
    return (
        <section class="card" aria-labelledby={titleId}>
            <h2 id={titleId} class="card-title">{t("lead.timeline")}</h2>
            {failure !== null && <FailureNotice failure={failure} onRetry={() => void reload()} />}
            <ol class="plain-list timeline">
                {entries.map((entry) => (
                    <li key={entry.id} class="entry">
                        <span class="entry-mark"><Icon name={iconOf(entry.action)} /></span>
                        <p>{describe(entry)}<br /><span class="muted"><RelativeTime at={entry.created_at} /></span></p>
                    </li>
                ))}
            </ol>
            {hasMore && <button type="button" class="button" onClick={() => void loadMore()}>{t("common.older")}</button>}
        </section>
    );
}
