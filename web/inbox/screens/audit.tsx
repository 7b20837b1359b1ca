/** Who did what. For admins; an entry cannot be changed by anyone. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { auditLog, listEntries } from "../api/audit";
import type { Entry } from "../api/audit";
import { isAbort } from "../api/client";
import { Heading } from "../components/heading";
import { Icon } from "../components/icon";
import { FailureNotice, Loading } from "../components/notice";
import { RelativeTime } from "../components/relative-time";
import { hrefTo } from "../state/router";
import { describe, iconOf } from "../text/entries";
import { t } from "../text/messages";

export function AuditScreen(): JSX.Element {
    const [entries, setEntries] = useState<readonly Entry[]>([]);
    const [next, setNext] = useState<string | null>(auditLog);
    const [failure, setFailure] = useState<unknown>(null);
    const [isLoading, setLoading] = useState(false);
    const load = async (page: string, signal?: AbortSignal): Promise<void> => {
        setLoading(true);
        setFailure(null);
        try {
            const answer = await listEntries(page, signal);
            setEntries((before) => [...before, ...answer.data]);
            setNext(answer.next);
        } catch (reason) {
            if (!isAbort(reason)) setFailure(reason);
        }
        setLoading(false);
    };
    useEffect(() => {
        const abort = new AbortController();
        void load(auditLog, abort.signal);
        return () => abort.abort();
    }, []);
    return (
        <>
            <div class="screen-head"><Heading title={t("audit.title")} /></div>
            <p class="muted screen-intro">{t("audit.text")}</p>
            <ol class="card plain-list timeline">
                {entries.map((entry) => (
                    <li key={entry.id} class="entry">
                        <span class="entry-mark"><Icon name={iconOf(entry.action)} /></span>
                        <p>
                            {describe(entry)}
                            {entry.lead_uuid && entry.action !== "LEAD_ERASED" && <> <a href={hrefTo(["leads", entry.lead_uuid])}>{t("audit.lead")}</a></>}
                            <br /><span class="muted"><RelativeTime at={entry.created_at} /></span>
                        </p>
                    </li>
                ))}
            </ol>
            {failure !== null && next && <FailureNotice failure={failure} onRetry={() => void load(next)} />}
            {isLoading && <Loading />}
            {!isLoading && failure === null && next && <button type="button" class="button" onClick={() => void load(next)}>{t("common.older")}</button>}
        </>
    );
}
