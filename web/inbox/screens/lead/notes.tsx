import type { JSX } from "preact";
import { useId, useRef, useState } from "preact/hooks";
import { addNote, deleteNote, listNotes, notesOf } from "../../api/leads";
import type { Lead, Note } from "../../api/leads";
import { Dialog } from "../../components/dialog";
import { Icon } from "../../components/icon";
import { FailureNotice, explain } from "../../components/notice";
import { RelativeTime } from "../../components/relative-time";
import { tell, tellWrong } from "../../components/toasts";
import { usePages } from "../../state/pages";
import { session } from "../../state/session";
import { useStore } from "../../state/store";
import { t } from "../../text/messages";

const longestNote = 10_000;
/** What was begun and not added, by user and lead: walking through leads loses no word, and nobody finds another's. */
const drafts = new Map<string, string>();
addEventListener("beforeunload", (event) => {
    if (drafts.size > 0) event.preventDefault();
});

export function Notes({ lead, onChange }: { lead: Lead; onChange: () => void }): JSX.Element {
    const { items: notes, hasMore, failure, reload, loadMore } = usePages(notesOf(lead.uuid), listNotes, [lead.notes_count]);
    const [doomed, setDoomed] = useState<Note | null>(null);
    const titleId = useId();

    const changed = async (): Promise<void> => {
        await reload();
        onChange();
    };
    const remove = async (note: Note): Promise<void> => {
        setDoomed(null);
        try {
            await deleteNote(lead.uuid, note.id);
            tell(t("notes.deleted"));
        } catch (reason) {
            tellWrong(explain(reason));
        }
        await changed();
    };
    return (
        <section class="card" aria-labelledby={titleId}>
            <h2 id={titleId} class="card-title">{t("notes.title")}</h2>
            <Composer lead={lead} onAdded={changed} />
            {failure !== null && <FailureNotice failure={failure} onRetry={() => void reload()} />}
            <ul class="plain-list notes">
                {notes.map((note) => <NoteItem key={note.id} note={note} onDelete={() => setDoomed(note)} />)}
            </ul>
            {hasMore && <button type="button" class="button" onClick={() => void loadMore()}>{t("common.older")}</button>}
            {doomed && (
                <Dialog title={t("notes.deleteTitle")} onClose={() => setDoomed(null)}>
                    <p>{t("notes.deleteText")}</p>
                    <div class="dialog-actions">
                        <button type="button" class="button" onClick={() => setDoomed(null)}>{t("common.cancel")}</button>
                        <button type="button" class="button button-danger" onClick={() => void remove(doomed)}>{t("notes.delete")}</button>
                    </div>
                </Dialog>
            )}
        </section>
    );
}

function NoteItem({ note, onDelete }: { note: Note; onDelete: () => void }): JSX.Element {
    const state = useStore(session);
    const mayDelete = state.kind === "in" && (state.user.email === note.author || state.user.role === "ADMIN");
    return (
        <li class="note">
            <p class="note-head">
                <strong><bdi>{note.author}</bdi></strong>
                <span class="muted"><RelativeTime at={note.created_at} /></span>
                {mayDelete && (
                    <button type="button" class="icon-button" aria-label={t("notes.delete")} title={t("notes.delete")} onClick={onDelete}>
                        <Icon name="trash" />
                    </button>
                )}
            </p>
            <div class="note-text" dir="auto">{note.text}</div>
        </li>
    );
}

function Composer({ lead, onAdded }: { lead: Lead; onAdded: () => Promise<void> }): JSX.Element {
    const state = useStore(session);
    const draftKey = `${state.kind === "in" ? state.user.id : ""} ${lead.uuid}`;
    const [text, setText] = useState(drafts.get(draftKey) ?? "");
    const [isBusy, setBusy] = useState(false);
    const input = useRef<HTMLTextAreaElement>(null);
    const id = useId();
    const keep = (draft: string): void => {
        setText(draft);
        if (draft.trim()) drafts.set(draftKey, draft);
        else drafts.delete(draftKey);
    };
    const length = [...text].length;
    const canAdd = text.trim() !== "" && length <= longestNote && !isBusy;
    const add = async (): Promise<void> => {
        if (!canAdd) return;
        setBusy(true);
        try {
            await addNote(lead.uuid, text);
            keep("");
            await onAdded();
            tell(t("notes.added"));
        } catch (reason) {
            tellWrong(explain(reason));
        }
        setBusy(false);
        input.current?.focus();
    };
    return (
        <form class="composer" onSubmit={(event) => {
            event.preventDefault();
            void add();
        }}>
            <label class="visually-hidden" for={id}>{t("notes.write")}</label>
            <textarea ref={input} id={id} class="input" dir="auto" rows={3} readOnly={isBusy} placeholder={t("notes.write")} value={text}
                onInput={(event) => keep(event.currentTarget.value)}
                onKeyDown={(event) => {
                    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) void add();
                }} />
            <div class="composer-foot">
                <span class={length > longestNote ? "field-error" : "muted"} role="status">
                    {length > longestNote - 1_000 && t("notes.left", { count: longestNote - length })}
                </span>
                <button type="submit" class="button" disabled={!canAdd}>{t("notes.add")}</button>
            </div>
        </form>
    );
}
