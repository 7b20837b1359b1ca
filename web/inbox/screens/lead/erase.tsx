import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { eraseLead } from "../../api/leads";
import type { Lead } from "../../api/leads";
import { Dialog } from "../../components/dialog";
import { Field } from "../../components/field";
import { Icon } from "../../components/icon";
import { Notice, explain } from "../../components/notice";
import { Name, fullName } from "../../components/person";
import { tell } from "../../components/toasts";
import { leadList } from "../../state/lead-list";
import { goTo, hrefTo } from "../../state/router";
import { session } from "../../state/session";
import { useStore } from "../../state/store";
import { rich, t } from "../../text/messages";

/** As a person reads and types it: without accents and marks that show nothing, with plain apostrophes and dashes, and with single spaces. */
const readable = (text: string): string =>
    text.normalize("NFKD").replace(/[\p{Cf}\p{Cc}\p{M}]/gu, "").replace(/[‘’ʼ`´]/g, "'").replace(/\p{Pd}/gu, "-")
        .replace(/\s+/g, " ").trim().toLocaleLowerCase();

/** For admins. What it does cannot be undone, so the name has to be typed. */
export function EraseButton({ lead }: { lead: Lead }): JSX.Element | null {
    const state = useStore(session);
    const [isAsking, setAsking] = useState(false);
    if (state.kind !== "in" || state.user.role !== "ADMIN") return null;
    return (
        <>
            <button type="button" class="button button-quiet button-danger-quiet lead-erase" onClick={() => setAsking(true)}>
                <Icon name="trash" />
                {t("erase.open")}
            </button>
            {isAsking && <EraseDialog lead={lead} onClose={() => setAsking(false)} />}
        </>
    );
}

function EraseDialog({ lead, onClose }: { lead: Lead; onClose: () => void }): JSX.Element {
    const [typed, setTyped] = useState("");
    const [failure, setFailure] = useState<unknown>(null);
    const [isBusy, setBusy] = useState(false);
    const matches = readable(typed) === readable(fullName(lead));
    const erase = async (): Promise<void> => {
        if (!matches || isBusy) return;
        setBusy(true);
        try {
            await eraseLead(lead.uuid);
            const list = leadList.value;
            list?.remove(lead.uuid);
            if (list) list.opened = null;
            goTo(hrefTo(["leads"], list?.query));
            tell(t("erase.done"));
        } catch (reason) {
            setFailure(reason);
            setBusy(false);
        }
    };
    return (
        <Dialog title={t("erase.title")} onClose={onClose}>
            <form onSubmit={(event) => {
                event.preventDefault();
                void erase();
            }}>
                <p>{t("erase.text")}</p>
                <p>{rich("erase.type", { name: <strong><Name of={lead} /></strong> })}</p>
                <Field label={t("erase.name")} autocomplete="off" spellcheck={false} value={typed} onInput={(event) => setTyped(event.currentTarget.value)} />
                {failure !== null && <Notice><p>{explain(failure)}</p></Notice>}
                <div class="dialog-actions">
                    <button type="button" class="button" onClick={onClose}>{t("common.cancel")}</button>
                    <button type="submit" class="button button-danger" disabled={!matches || isBusy}>{t("erase.confirm")}</button>
                </div>
            </form>
        </Dialog>
    );
}
