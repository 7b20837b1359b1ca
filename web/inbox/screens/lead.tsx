/** All about one lead, and everything that can be done with it. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ApiError, isAbort } from "../api/client";
import { leadDetails, listEntriesOf } from "../api/leads";
import type { Lead } from "../api/leads";
import type { Entry } from "../api/audit";
import { Heading } from "../components/heading";
import { Icon } from "../components/icon";
import { Empty, FailureNotice, Loading, Notice, explain } from "../components/notice";
import { Name, fullName } from "../components/person";
import { RelativeTime } from "../components/relative-time";
import { StatusBadge, otherStatus } from "../components/status";
import { tellWrong } from "../components/toasts";
import { changeStatus } from "../state/changes";
import { leadList } from "../state/lead-list";
import { onLeadEvent } from "../state/live";
import { goTo, hrefTo } from "../state/router";
import { useShortcuts } from "../state/shortcuts";
import { useStore } from "../state/store";
import { describe } from "../text/entries";
import { t } from "../text/messages";
import { Assignment } from "./lead/assignment";
import { Duplicates } from "./lead/duplicates";
import { EraseButton } from "./lead/erase";
import { Notes } from "./lead/notes";
import { ResumeCard } from "./lead/resume";
import { Timeline } from "./lead/timeline";

export function LeadScreen({ uuid }: { uuid: string }): JSX.Element {
    const { lead, failure, isErased, reload, show } = useLead(uuid);
    const [conflict, setConflict] = useState<Entry | null>(null);
    useLeadKeys(uuid);

    /** Somebody else was faster: nothing was changed. Say who did what, and show what is there now. */
    const attempt = async (change: () => Promise<void>): Promise<void> => {
        try {
            await change();
            setConflict(null);
        } catch (reason) {
            const isConflict = reason instanceof ApiError && (reason.status === 412 || reason.status === 409);
            if (!isConflict) return tellWrong(explain(reason));
            setConflict(await latestChange(uuid));
            await reload();
        }
    };
    const toggle = (): void => {
        if (lead) void attempt(() => changeStatus(lead, otherStatus(lead.status), show));
    };
    useShortcuts({ e: toggle });

    if (isErased) {
        return (
            <>
                <LeadBar uuid={uuid} />
                <Empty title={t("lead.erased")}><p>{t("lead.erasedHint")}</p><BackLink /></Empty>
            </>
        );
    }
    if (failure !== null) {
        return (
            <>
                <LeadBar uuid={uuid} />
                {failure instanceof ApiError && failure.status === 404
                    ? <Empty title={t("lead.notFound")}><p>{t("lead.notFoundHint")}</p><BackLink /></Empty>
                    : <FailureNotice failure={failure} onRetry={() => void reload()} />}
            </>
        );
    }
    if (!lead) return <><LeadBar uuid={uuid} /><Loading /></>;
    return (
        <article class="lead">
            <LeadBar uuid={uuid} />
            <header class="lead-head">
                <div class="lead-who">
                    <Heading title={fullName(lead)} class="lead-name"><Name of={lead} /></Heading>
                    <p class="lead-facts">
                        <a href={`mailto:${encodeURIComponent(lead.email)}`}><bdi>{lead.email}</bdi></a>
                        <span>{t("lead.submitted")} <RelativeTime at={lead.created_at} /></span>
                        <StatusBadge status={lead.status} />
                    </p>
                </div>
                <div class="lead-actions">
                    <button type="button" class={lead.status === "PENDING" ? "button button-primary" : "button"} onClick={toggle} aria-keyshortcuts="e">
                        <Icon name={lead.status === "PENDING" ? "check" : "undo"} />
                        {t(lead.status === "PENDING" ? "lead.markReachedOut" : "lead.markPending")}
                    </button>
                    <Assignment lead={lead} attempt={attempt} show={show} />
                </div>
            </header>
            {conflict && (
                <Notice kind="info">
                    <p>{t("lead.conflict")}</p>
                    <p>{describe(conflict)} · <RelativeTime at={conflict.created_at} /></p>
                </Notice>
            )}
            <Duplicates uuid={uuid} />
            <div class="lead-columns">
                <div class="lead-main">
                    <ResumeCard key={uuid} lead={lead} />
                </div>
                <div class="lead-side">
                    <Notes key={`${uuid} notes`} lead={lead} onChange={() => void reload()} />
                    <Timeline key={uuid} lead={lead} />
                    <EraseButton lead={lead} />
                </div>
            </div>
        </article>
    );
}

interface LeadState {
    lead: Lead | null;
    failure: unknown;
    isErased: boolean;
    reload: () => Promise<void>;
    show: (lead: Lead) => void;
}

function useLead(uuid: string): LeadState {
    const [lead, setLead] = useState<Lead | null>(() => completeOnly(leadList.value?.find(uuid)));
    const [failure, setFailure] = useState<unknown>(null);
    const [isErased, setErased] = useState(false);
    const load = async (signal?: AbortSignal): Promise<void> => {
        try {
            const { data } = await leadDetails(uuid, signal);
            setLead(data);
            setFailure(null);
            leadList.value?.update([data]);
        } catch (reason) {
            if (!isAbort(reason)) setFailure(reason);
        }
    };
    useEffect(() => {
        const abort = new AbortController();
        setLead(completeOnly(leadList.value?.find(uuid)));
        setFailure(null);
        setErased(false);
        void load(abort.signal);
        const stop = onLeadEvent((event) => {
            if (event.change !== "MISSED" && event.uuid !== uuid) return;
            if (event.change === "ERASED") setErased(true);
            else void load(abort.signal);
        });
        return () => {
            stop();
            abort.abort();
        };
    }, [uuid]);
    return { lead: lead?.uuid === uuid ? lead : null, failure, isErased, reload: () => load(), show: setLead };
}

/** What the list knows is shown at once, if it is all that a lead's page needs. */
const completeOnly = (lead: Lead | undefined): Lead | null => (lead?.resume_name !== undefined ? lead : null);

const changes = ["LEAD_STATUS_CHANGED", "LEAD_ASSIGNED", "LEAD_UNASSIGNED", "NOTE_ADDED", "NOTE_DELETED"];

async function latestChange(uuid: string): Promise<Entry | null> {
    try {
        return (await listEntriesOf(uuid)).data.find(({ action }) => changes.includes(action)) ?? null;
    } catch {
        return null;
    }
}

/** The next or the one before in the list from where one came. */
async function walk(uuid: string, step: 1 | -1): Promise<void> {
    const list = leadList.value;
    const to = await list?.neighbour(uuid, step);
    if (!list || !to) return;
    list.opened = to;
    goTo(hrefTo(["leads", to]));
}

function useLeadKeys(uuid: string): void {
    const back = (): void => goTo(hrefTo(["leads"], leadList.value?.query));
    useShortcuts({ j: () => void walk(uuid, 1), k: () => void walk(uuid, -1), u: back });
}

function BackLink({ children }: { children?: ComponentChildren }): JSX.Element {
    return (
        <a class="button button-quiet" href={hrefTo(["leads"], useStore(leadList)?.query)}>
            <Icon name="back" directional />
            {children ?? t("lead.back")}
        </a>
    );
}

function LeadBar({ uuid }: { uuid: string }): JSX.Element {
    const isInList = useStore(leadList)?.find(uuid) !== undefined;
    return (
        <nav class="lead-bar" aria-label={t("lead.navigation")}>
            <BackLink />
            {isInList && (
                <span class="lead-walk">
                    <button type="button" class="icon-button" aria-label={t("lead.previous")} title={t("lead.previous")} aria-keyshortcuts="k"
                        onClick={() => void walk(uuid, -1)}><Icon name="previous" /></button>
                    <button type="button" class="icon-button" aria-label={t("lead.next")} title={t("lead.next")} aria-keyshortcuts="j"
                        onClick={() => void walk(uuid, 1)}><Icon name="next" /></button>
                </span>
            )}
        </nav>
    );
}
