/** Mails that were not delivered, and those that wait. For admins. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ApiError, isAbort } from "../api/client";
import { deleteMails, listFailedMails, listWaitingMails, maxMails, resendMails, waitingMails } from "../api/mails";
import type { FailedMail, MailOutcome, WaitingMail } from "../api/mails";
import { Dialog } from "../components/dialog";
import { Heading } from "../components/heading";
import { Icon } from "../components/icon";
import { Empty, FailureNotice, Loading, explain } from "../components/notice";
import { RelativeTime } from "../components/relative-time";
import { tell, tellWrong } from "../components/toasts";
import { hrefTo } from "../state/router";
import { rich, t } from "../text/messages";

export function MailsScreen({ tab }: { tab: string | undefined }): JSX.Element {
    const isWaiting = tab === "waiting";
    return (
        <>
            <div class="screen-head"><Heading title={t("mails.title")} /></div>
            <nav class="tabs" aria-label={t("mails.title")}>
                <a href={hrefTo(["mails"])} aria-current={isWaiting ? undefined : "page"}>{t("mails.failed")}</a>
                <a href={hrefTo(["mails", "waiting"])} aria-current={isWaiting ? "page" : undefined}>{t("mails.waiting")}</a>
            </nav>
            {isWaiting ? <Waiting /> : <Failed />}
        </>
    );
}

/** @param load reads it */
function useRead<T>(load: (signal: AbortSignal) => Promise<T>): { data: T | null; failure: unknown; reload: () => void } {
    const [data, setData] = useState<T | null>(null);
    const [failure, setFailure] = useState<unknown>(null);
    const [round, setRound] = useState(0);
    useEffect(() => {
        const abort = new AbortController();
        load(abort.signal).then(
            (read) => {
                setData(() => read);
                setFailure(null);
            },
            (reason: unknown) => {
                if (!isAbort(reason)) setFailure(reason);
            },
        );
        return () => abort.abort();
    }, [round]);
    return { data, failure, reload: () => setRound((before) => before + 1) };
}

function Failed(): JSX.Element {
    const { data, failure, reload } = useRead(async (signal) => (await listFailedMails(signal)).data);
    const [selected, setSelected] = useState<ReadonlySet<number>>(new Set());
    const [isBusy, setBusy] = useState(false);
    const [doomed, setDoomed] = useState<readonly number[]>([]);

    const apply = async (ids: readonly number[], change: (ids: number[]) => Promise<{ data: MailOutcome[] }>, wanted: MailOutcome["result"]): Promise<void> => {
        setBusy(true);
        setDoomed([]);
        try {
            const outcomes: MailOutcome[] = [];
            for (let at = 0; at < ids.length; at += maxMails) outcomes.push(...(await change(ids.slice(at, at + maxMails))).data);
            report(outcomes, wanted);
            setSelected(new Set());
        } catch (reason) {
            tellWrong(explain(reason));
        }
        setBusy(false);
        reload();
    };
    if (failure !== null) return <FailureNotice failure={failure} onRetry={reload} />;
    if (!data) return <Loading />;
    if (data.length === 0) return <Empty title={t("mails.noFailed")}><p>{t("mails.noFailedHint")}</p></Empty>;
    const all = data.map(({ id }) => id);
    const chosen = all.filter((id) => selected.has(id));
    return (
        <>
            <div class="table-tools">
                <label class="check">
                    <input type="checkbox" checked={chosen.length === all.length} ref={(box) => {
                        if (box) box.indeterminate = chosen.length > 0 && chosen.length < all.length;
                    }} onChange={(event) => setSelected(new Set(event.currentTarget.checked ? all : []))} />
                    {t("mails.selected", { count: chosen.length })}
                </label>
                <button type="button" class="button" disabled={isBusy || chosen.length === 0} onClick={() => void apply(chosen, resendMails, "SENT")}>
                    <Icon name="send" directional />
                    {t("mails.resend")}
                </button>
                <button type="button" class="button button-danger-quiet" disabled={isBusy || chosen.length === 0} onClick={() => setDoomed(chosen)}>
                    <Icon name="trash" />
                    {t("mails.delete")}
                </button>
            </div>
            <ul class="card plain-list table">
                {data.map((mail) => (
                    <FailedRow key={mail.id} mail={mail} isSelected={selected.has(mail.id)} isBusy={isBusy}
                        onSelect={(isSelected) => setSelected(new Set(isSelected ? [...selected, mail.id] : chosen.filter((id) => id !== mail.id)))}
                        onResend={() => void apply([mail.id], resendMails, "SENT")} onDelete={() => setDoomed([mail.id])} />
                ))}
            </ul>
            {doomed.length > 0 && (
                <Dialog title={t("mails.deleteTitle")} onClose={() => setDoomed([])}>
                    <p>{t("mails.deleteText", { count: doomed.length })}</p>
                    <div class="dialog-actions">
                        <button type="button" class="button" onClick={() => setDoomed([])}>{t("common.cancel")}</button>
                        <button type="button" class="button button-danger" onClick={() => void apply(doomed, deleteMails, "DELETED")}>{t("mails.delete")}</button>
                    </div>
                </Dialog>
            )}
        </>
    );
}

function report(outcomes: readonly MailOutcome[], wanted: MailOutcome["result"]): void {
    const bad = outcomes.filter(({ result }) => result !== wanted);
    const first = bad[0];
    if (!first) tell(t(wanted === "SENT" ? "mails.sent" : "mails.deleted", { count: outcomes.length }));
    else tellWrong(rich("mails.notAll", { done: outcomes.length - bad.length, failed: bad.length, reason: <bdi class="clip">{first.detail ?? t(`mails.result.${first.result}`)}</bdi> }));
}

function FailedRow({ mail, isSelected, isBusy, onSelect, onResend, onDelete }: {
    mail: FailedMail;
    isSelected: boolean;
    isBusy: boolean;
    onSelect: (isSelected: boolean) => void;
    onResend: () => void;
    onDelete: () => void;
}): JSX.Element {
    const isSending = mail.status === "PENDING";
    return (
        <li class="table-row">
            <label class="row-check">
                <input type="checkbox" checked={isSelected} aria-label={t("list.select", { name: mail.lead_name })} onChange={(event) => onSelect(event.currentTarget.checked)} />
            </label>
            <div class="table-main table-stack">
                <p class="table-line">
                    <a class="clip" href={hrefTo(["leads", mail.lead_uuid])}><bdi>{mail.lead_name}</bdi></a>
                    {isSending && <span class="badge badge-waiting"><Icon name="clock" />{t("mails.sending")}</span>}
                    <span class="muted"><RelativeTime at={mail.created_at} /></span>
                </p>
                <p class="muted">{rich("mails.to", { addresses: <Addresses of={mail.attorney_emails} /> })}</p>
                <p class="server-words" dir="auto">{mail.error_message}</p>
            </div>
            <div class="table-actions">
                <button type="button" class="button button-quiet" disabled={isBusy || isSending} onClick={onResend}>
                    <Icon name="send" directional />
                    {t("mails.resend")}
                    <span class="visually-hidden"> {mail.lead_name}</span>
                </button>
                <button type="button" class="icon-button" disabled={isBusy || isSending} aria-label={t("mails.deleteOf", { name: mail.lead_name })} title={t("mails.delete")} onClick={onDelete}>
                    <Icon name="trash" />
                </button>
            </div>
        </li>
    );
}

function Addresses({ of }: { of: readonly string[] }): ComponentChildren {
    return of.map((address, index) => <>{index > 0 && ", "}<bdi>{address}</bdi></>);
}

function Waiting(): JSX.Element {
    const [next, setNext] = useState<string | null>(null);
    const [older, setOlder] = useState<readonly WaitingMail[]>([]);
    const { data, failure, reload } = useRead(async (signal) => {
        const answer = await listWaitingMails(waitingMails, signal);
        setOlder([]);
        setNext(answer.next);
        return answer.data;
    });
    const loadMore = async (): Promise<void> => {
        if (!next) return;
        const answer = await listWaitingMails(next, new AbortController().signal);
        setOlder([...older, ...answer.data]);
        setNext(answer.next);
    };
    if (failure instanceof ApiError && failure.status === 404) return <Empty title={t("mails.notOffered")} />;
    if (failure !== null) return <FailureNotice failure={failure} onRetry={reload} />;
    if (!data) return <Loading />;
    if (data.length === 0) return <Empty title={t("mails.noWaiting")}><p>{t("mails.noWaitingHint")}</p></Empty>;
    return (
        <>
            <div class="table-tools">
                <button type="button" class="button" onClick={reload}><Icon name="refresh" />{t("common.refresh")}</button>
            </div>
            <ul class="card plain-list table">
                {[...data, ...older].map((mail) => (
                    <li key={mail.id} class="table-row">
                        <div class="table-main table-stack">
                            <p class="table-line">
                                {mail.lead_uuid ? <a class="clip" href={hrefTo(["leads", mail.lead_uuid])}><bdi>{mail.lead_name ?? mail.lead_uuid}</bdi></a> : <strong>{mail.kind}</strong>}
                                <span class="badge">{kindOf(mail.kind)}</span>
                            </p>
                            <p class="muted">
                                {t("mails.attempts", { count: mail.attempts })} · {t("mails.nextAttempt")} <RelativeTime at={mail.next_attempt_at} />
                            </p>
                            {mail.last_error && <p class="server-words" dir="auto">{mail.last_error}</p>}
                        </div>
                    </li>
                ))}
            </ul>
            {next && <button type="button" class="button" onClick={() => void loadMore()}>{t("common.older")}</button>}
        </>
    );
}

const kinds = ["CONFIRMATION", "NOTIFICATION", "INVITATION", "PASSWORD_RESET"] as const;

function kindOf(kind: string): string {
    const known = kinds.find((name) => name === kind.toUpperCase());
    return known ? t(`mails.kind.${known}`) : kind;
}
