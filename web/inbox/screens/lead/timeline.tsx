import type { JSX } from "preact";
import { useEffect, useId, useState } from "preact/hooks";
import type { Entry } from "../../api/audit";
import { listEntries } from "../../api/audit";
import { isAbort } from "../../api/client";
import { timelineOf } from "../../api/leads";
import type { Lead } from "../../api/leads";
import { Icon } from "../../components/icon";
import { FailureNotice } from "../../components/notice";
import { RelativeTime } from "../../components/relative-time";
import { Store, useStore } from "../../state/store";
import { describe, iconOf } from "../../text/entries";
import { t } from "../../text/messages";

/** Raised by what leaves an entry but does not change the lead: reading its resume. */
export const timelineGrew = new Store(0);

/** Everything that happened to a lead, newest first. */
export function Timeline({ lead }: { lead: Lead }): JSX.Element {
    const [entries, setEntries] = useState<readonly Entry[]>([]);
    const [next, setNext] = useState<string | null>(null);
    const [failure, setFailure] = useState<unknown>(null);
    const growth = useStore(timelineGrew);
    const titleId = useId();
    const load = async (page: string, before: readonly Entry[], signal?: AbortSignal): Promise<void> => {
        try {
            const answer = await listEntries(page, signal);
            setEntries([...before, ...answer.data]);
            setNext(answer.next);
            setFailure(null);
        } catch (reason) {
            if (!isAbort(reason)) setFailure(reason);
        }
    };
    useEffect(() => {
        const abort = new AbortController();
        void load(timelineOf(lead.uuid), [], abort.signal);
        return () => abort.abort();
    }, [lead.uuid, lead.version, growth]);
    return (
        <section class="card" aria-labelledby={titleId}>
            <h2 id={titleId} class="card-title">{t("lead.timeline")}</h2>
            {failure !== null && <FailureNotice failure={failure} onRetry={() => void load(timelineOf(lead.uuid), [])} />}
            <ol class="plain-list timeline">
                {entries.map((entry) => (
                    <li key={entry.id} class="entry">
                        <span class="entry-mark"><Icon name={iconOf(entry.action)} /></span>
                        <p>{describe(entry)}<br /><span class="muted"><RelativeTime at={entry.created_at} /></span></p>
                    </li>
                ))}
            </ol>
            {next && <button type="button" class="button" onClick={() => void load(next, entries)}>{t("common.older")}</button>}
        </section>
    );
}
