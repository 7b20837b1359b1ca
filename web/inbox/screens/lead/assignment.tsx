import type { JSX } from "preact";
import { claimLead } from "../../api/leads";
import type { Lead } from "../../api/leads";
import { Icon } from "../../components/icon";
import { Menu } from "../../components/menu";
import { tell } from "../../components/toasts";
import { assignees } from "../../state/assignees";
import { changeAssignee } from "../../state/changes";
import { leadList } from "../../state/lead-list";
import { session } from "../../state/session";
import { useStore } from "../../state/store";
import { t } from "../../text/messages";

/** Whose case it is. What is nobody's can be claimed: of two who do so at once, one gets it. */
export function Assignment({ lead, attempt, show }: {
    lead: Lead;
    attempt: (change: () => Promise<void>) => Promise<void>;
    show: (lead: Lead) => void;
}): JSX.Element {
    const known = useStore(assignees);
    const state = useStore(session);
    const me = state.kind === "in" ? state.user.email : "";

    const claim = async (): Promise<void> => {
        const { data } = await claimLead(lead.uuid);
        leadList.value?.update([data]);
        show(data);
        tell(t("lead.claimed"));
    };
    const others = lead.assignee && !known.includes(lead.assignee) ? [lead.assignee] : [];
    const choices = [
        ...[...known, ...others].map((email) => ({ value: email, label: email, isCurrent: email === lead.assignee })),
        { value: "", label: t("lead.nobody"), isCurrent: lead.assignee === null },
    ];
    return (
        <>
            {lead.assignee === null && (
                <button type="button" class="button" onClick={() => void attempt(claim)}>
                    <Icon name="person" />
                    {t("lead.claim")}
                </button>
            )}
            <Menu label={t("lead.assignTo")} choices={choices}
                onChoose={(email) => void attempt(() => changeAssignee(lead, email || null, show))}>
                <span class="visually-hidden">{t("lead.assignedTo")} </span>
                {lead.assignee === null ? t("lead.unassigned") : <bdi>{lead.assignee === me ? t("common.me") : lead.assignee}</bdi>}
            </Menu>
        </>
    );
}
