import type { JSX } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { isAbort } from "../../api/client";
import { fetchResume, resumeOf } from "../../api/leads";
import type { Lead } from "../../api/leads";
import { Icon } from "../../components/icon";
import { FailureNotice, Notice } from "../../components/notice";
import { visible } from "../../components/person";
import type { FromPreview, ToPreview } from "../../preview/protocol";
import { language, t } from "../../text/messages";
import { fileSize } from "../../text/time";
import { timelineGrew } from "./timeline";

const kinds: Record<string, ToPreview["kind"]> = { "application/pdf": "pdf", "text/plain": "text" };
const kindOf = (lead: Lead): ToPreview["kind"] | undefined => kinds[lead.resume_type.split(";")[0]?.trim() ?? ""];

/** The file that the prospect sent. It is shown only when one asks: each reading is written down. */
export function ResumeCard({ lead }: { lead: Lead }): JSX.Element {
    const [isShown, setShown] = useState(false);
    const kind = kindOf(lead);
    const titleId = useId();
    return (
        <section class="card" aria-labelledby={titleId}>
            <h2 id={titleId} class="card-title">{t("resume.title")}</h2>
            <div class="resume">
                <span class="resume-mark"><Icon name="file" /></span>
                <p class="resume-file">
                    <bdi class="resume-name">{visible(lead.resume_name)}</bdi>
                    <span class="muted">{fileSize(lead.resume_size)}</span>
                </p>
                <div class="resume-actions">
                    {kind && (
                        <button type="button" class="button" aria-expanded={isShown} onClick={() => setShown(!isShown)}>
                            <Icon name="eye" />
                            {t(isShown ? "resume.hide" : "resume.show")}
                        </button>
                    )}
                    <a class="button" href={resumeOf(lead.uuid)} download=""
                        onClick={() => setTimeout(() => timelineGrew.set(timelineGrew.value + 1), 1_000)}>
                        <Icon name="download" />
                        {t("resume.download")}
                    </a>
                </div>
            </div>
            {!isShown && (
                <div class="preview-offer">
                    <p>{t(kind ? "resume.isRecorded" : "resume.noPreview")}</p>
                </div>
            )}
            {isShown && kind && <Preview lead={lead} kind={kind} />}
        </section>
    );
}

/**
 * A prospect's file may be hostile. It is drawn in a frame of an opaque origin, which may run our renderer but has no cookie,
 * reaches no network and nothing of this page. We fetch the bytes and hand them over.
 */
function Preview({ lead, kind }: { lead: Lead; kind: ToPreview["kind"] }): JSX.Element {
    const frame = useRef<HTMLIFrameElement>(null);
    const [failure, setFailure] = useState<unknown>(null);
    const [isUnreadable, setUnreadable] = useState(false);
    const [round, setRound] = useState(0);

    useLayoutEffect(() => {
        const abort = new AbortController();
        const bytes = fetchResume(lead.uuid, abort.signal);
        bytes.then(() => timelineGrew.set(timelineGrew.value + 1), (reason: unknown) => {
            if (!isAbort(reason)) setFailure(reason);
        });
        const onMessage = async (event: MessageEvent<FromPreview>): Promise<void> => {
            if (event.source === null || event.source !== frame.current?.contentWindow) return;
            if (event.data.kind === "unreadable") setUnreadable(true);
            // A short file takes no more room than it needs.
            if (event.data.kind === "shown" && frame.current)
                frame.current.style.maxBlockSize = `${Math.ceil(event.data.height) + 2}px`;
            if (event.data.kind !== "ready") return;
            const message: ToPreview = {
                kind,
                bytes: await bytes,
                language: language() === "es" ? "es" : "en",
                labels: { page: t("resume.page", { number: "{number}", count: "{count}" }), isCut: t("resume.isCut") },
            };
            // An opaque origin has no name to be addressed by. The frame can be nothing but our page: the policy names what may be framed.
            frame.current?.contentWindow?.postMessage(message, "*", [message.bytes]);
        };
        const listener = (event: MessageEvent<FromPreview>): void => {
            onMessage(event).catch(() => {});  // of bytes that did not come it was told above
        };
        addEventListener("message", listener);
        return () => {
            removeEventListener("message", listener);
            abort.abort();
        };
    }, [lead.uuid, round]);

    if (failure !== null) {
        return <FailureNotice failure={failure} onRetry={() => {
            setFailure(null);
            setRound(round + 1);
        }} />;
    }
    if (isUnreadable) return <Notice kind="info"><p>{t("resume.unreadable")}</p></Notice>;
    return <iframe key={round} ref={frame} class="preview" title={t("resume.frame")} sandbox="allow-scripts" src="/inbox/preview" />;
}
