/** Changes of leads that can be taken back, as the list and a lead's page make them. */
import type { ComponentChildren } from "preact";
import { etagOf, leadDetails, maxBulk, setAssignee, setAssignees, setStatus, setStatuses } from "../api/leads";
import type { Lead, Outcome, Status } from "../api/leads";
import { explain } from "../components/notice";
import { fullName } from "../components/person";
import { tell, tellWrong } from "../components/toasts";
import { rich, t } from "../text/messages";
import { leadList } from "./lead-list";

/** Shows a lead's new state wherever it is on the screen. */
async function refresh(uuid: string): Promise<Lead> {
    const { data } = await leadDetails(uuid);
    leadList.value?.update([data]);
    return data;
}

const named = (lead: Lead): ComponentChildren => <bdi class="clip">{fullName(lead)}</bdi>;

/**
 * Changes the status of the lead as it is shown, and offers to take it back.
 * @param onChange gets the lead as it is now, also after it was taken back
 * @throws ApiError 412: somebody else has changed it meanwhile
 */
export async function changeStatus(lead: Lead, status: Status, onChange: (lead: Lead) => void): Promise<void> {
    await setStatus(lead.uuid, status, etagOf(lead));
    const changed = await refresh(lead.uuid);
    onChange(changed);
    tell(rich("changes.status", { name: named(lead), status: t(`status.${status}`) }), () => {
        void takeBack(() => setStatus(lead.uuid, lead.status, etagOf(changed)), lead.uuid, onChange);
    });
}

export async function changeAssignee(lead: Lead, assignee: string | null, onChange: (lead: Lead) => void): Promise<void> {
    await setAssignee(lead.uuid, assignee, etagOf(lead));
    const changed = await refresh(lead.uuid);
    onChange(changed);
    const text = assignee === null
        ? rich("changes.unassigned", { name: named(lead) })
        : rich("changes.assigned", { name: named(lead), assignee: <bdi>{assignee}</bdi> });
    tell(text, () => {
        void takeBack(() => setAssignee(lead.uuid, lead.assignee, etagOf(changed)), lead.uuid, onChange);
    });
}

async function takeBack(change: () => Promise<unknown>, uuid: string, onChange: (lead: Lead) => void): Promise<void> {
    try {
        await change();
        tell(t("changes.undone"));
    } catch (failure) {
        tellWrong(explain(failure));
    }
    onChange(await refresh(uuid));
}

/** The service takes so many at once; together they are no longer one transaction, which nobody notices. */
async function inBlocks(uuids: readonly string[], change: (block: string[]) => Promise<{ data: Outcome[] }>): Promise<string[]> {
    const changed: string[] = [];
    for (let at = 0; at < uuids.length; at += maxBulk) {
        const { data } = await change(uuids.slice(at, at + maxBulk));
        changed.push(...data.filter(({ result }) => result === "CHANGED").map(({ uuid }) => uuid));
    }
    return changed;
}

export async function changeStatuses(uuids: readonly string[], status: Status): Promise<void> {
    const changed = await inBlocks(uuids, (block) => setStatuses(block, status));
    show(changed, { status });
    tell(t("changes.statuses", { count: changed.length, status: t(`status.${status}`) }), () => {
        // There are two, so whoever has changed had the other one.
        const before: Status = status === "PENDING" ? "REACHED_OUT" : "PENDING";
        void takeBackMany([[changed, before]], setStatuses, (value) => ({ status: value }));
    });
}

export async function changeAssignees(leads: readonly Lead[], assignee: string | null): Promise<void> {
    const changed = await inBlocks(leads.map(({ uuid }) => uuid), (block) => setAssignees(block, assignee));
    show(changed, { assignee });
    const before = new Map<string | null, string[]>();
    for (const lead of leads) {
        if (changed.includes(lead.uuid)) before.set(lead.assignee, [...(before.get(lead.assignee) ?? []), lead.uuid]);
    }
    tell(t("changes.assignees", { count: changed.length }), () => {
        void takeBackMany([...before].map(([value, uuids]) => [uuids, value]), setAssignees, (value) => ({ assignee: value }));
    });
}

function show(uuids: readonly string[], change: Partial<Lead>): void {
    // Their versions have changed, too, so a change that follows must not name the old ones.
    leadList.value?.update(uuids.map((uuid) => ({ uuid, ...change, version: (leadList.value?.find(uuid)?.version ?? 0) + 1 })));
}

async function takeBackMany<T>(
    groups: [string[], T][],
    change: (uuids: string[], value: T) => Promise<{ data: Outcome[] }>,
    shown: (value: T) => Partial<Lead>,
): Promise<void> {
    try {
        for (const [uuids, value] of groups) show(await inBlocks(uuids, (block) => change(block, value)), shown(value));
        tell(t("changes.undone"));
    } catch (failure) {
        tellWrong(explain(failure));
    }
}
