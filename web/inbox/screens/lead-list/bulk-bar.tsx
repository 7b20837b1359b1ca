import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { Icon } from "../../components/icon";
import { Menu } from "../../components/menu";
import { explain } from "../../components/notice";
import { tellWrong } from "../../components/toasts";
import { assignees } from "../../state/assignees";
import { changeAssignees, changeStatuses } from "../../state/changes";
import type { LeadList } from "../../state/lead-list";
import { useStore } from "../../state/store";
import { t } from "../../text/messages";

/** What can be done with the leads that are selected. */
export function BulkBar({ list }: { list: LeadList }): JSX.Element | null {
    const selected = useStore(list.selected);
    const known = useStore(assignees);
    const [isBusy, setBusy] = useState(false);
    if (selected.size === 0) return null;

    const apply = async (change: () => Promise<void>): Promise<void> => {
        setBusy(true);
        try {
            await change();
            list.selected.set(new Map());
        } catch (failure) {
            tellWrong(explain(failure));
        }
        setBusy(false);
    };
    const loaded = list.pages.flatMap((page) => page.leads ?? []);

    return (
        <div class="bulk-bar" role="region" aria-label={t("bulk.title")}>
            <strong class="bulk-count" role="status">{t("bulk.count", { count: selected.size })}</strong>
            {loaded.length > selected.size && (
                <button type="button" class="button button-quiet" onClick={() => list.select(loaded, true)}>{t("bulk.all", { count: loaded.length })}</button>
            )}
            <button type="button" class="button" disabled={isBusy} onClick={() => void apply(() => changeStatuses([...selected.keys()], "REACHED_OUT"))}>
                <Icon name="check" />
                {t("bulk.reachedOut")}
            </button>
            <button type="button" class="button" disabled={isBusy} onClick={() => void apply(() => changeStatuses([...selected.keys()], "PENDING"))}>
                <Icon name="clock" />
                {t("bulk.pending")}
            </button>
            <Menu label={t("bulk.assign")} choices={[...known.map((email) => ({ value: email, label: email })), { value: "", label: t("lead.nobody") }]}
                onChoose={(email) => void apply(() => changeAssignees([...selected.values()], email || null))}>
                {t("bulk.assign")}
            </Menu>
            <button type="button" class="icon-button" aria-label={t("bulk.clear")} title={t("bulk.clear")} onClick={() => list.selected.set(new Map())}>
                <Icon name="close" />
            </button>
        </div>
    );
}
