import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import type { Lead } from "../../api/leads";
import { Icon } from "../../components/icon";
import { Name, fullName } from "../../components/person";
import { RelativeTime } from "../../components/relative-time";
import { StatusBadge } from "../../components/status";
import type { LeadList, PageOfLeads } from "../../state/lead-list";
import { hrefTo } from "../../state/router";
import { session } from "../../state/session";
import { useStore } from "../../state/store";
import { t } from "../../text/messages";

/** One page of the list. When it is far from the screen it is an empty box of the same height. */
export function PageRows({ list, page, number }: { list: LeadList; page: PageOfLeads; number: number }): JSX.Element {
    const box = useRef<HTMLDivElement>(null);
    const current = useRef(page);
    current.current = page;
    useEffect(() => {
        if (!box.current) return;
        const observer = new IntersectionObserver(([entry]) => {
            if (!entry) return;
            const { leads } = current.current;
            if (entry.isIntersecting && !leads) void list.restore(current.current);
            // What has the focus must not vanish under it.
            if (!entry.isIntersecting && leads && !box.current?.contains(document.activeElement))
                list.release(current.current, entry.boundingClientRect.height);
        }, { rootMargin: "2500px" });
        observer.observe(box.current);
        return () => observer.disconnect();
    }, [list, page.url]);
    useLayoutEffect(() => {
        // Set through the object model: the policy of the page refuses style attributes.
        if (box.current) box.current.style.height = page.leads ? "" : `${page.height}px`;
    });
    return (
        <div ref={box}>
            {page.leads && (
                <ul class="row-list" aria-label={t("list.page", { number })}>
                    {page.leads.map((lead) => <Row key={lead.uuid} list={list} lead={lead} />)}
                </ul>
            )}
        </div>
    );
}

function Row({ list, lead }: { list: LeadList; lead: Lead }): JSX.Element {
    const isSelected = useStore(list.selected).has(lead.uuid);
    const remember = (): void => {
        list.opened = lead.uuid;
        list.scrollTop = scrollY;
    };
    return (
        <li class={isSelected ? "row row-selected" : "row"} data-row>
            <label class="row-check">
                <input type="checkbox" checked={isSelected} aria-label={t("list.select", { name: fullName(lead) })}
                    onChange={(event) => list.select([lead], event.currentTarget.checked)} />
            </label>
            <a class="row-link" data-lead={lead.uuid} href={hrefTo(["leads", lead.uuid])} onClick={remember}>
                <Name of={lead} />
            </a>
            <span class="row-email"><bdi>{lead.email}</bdi></span>
            <span class="row-status"><StatusBadge status={lead.status} /></span>
            <span class="row-assignee"><Assignee email={lead.assignee} /></span>
            <span class="row-notes">
                {lead.notes_count > 0 && (
                    <>
                        <Icon name="note" />
                        <span class="visually-hidden">{t("list.notes", { count: lead.notes_count })}</span>
                        <span aria-hidden="true">{lead.notes_count}</span>
                    </>
                )}
            </span>
            <span class="row-time"><RelativeTime at={lead.created_at} /></span>
        </li>
    );
}

/** Whose case it is: of an e-mail what tells colleagues apart, the whole on hover. */
function Assignee({ email }: { email: string | null }): JSX.Element | null {
    const state = useStore(session);
    if (!email) return null;
    const isMine = state.kind === "in" && state.user.email === email;
    return (
        <span class={isMine ? "assignee assignee-me" : "assignee"} title={email}>
            <Icon name="person" />
            <span class="visually-hidden">{t("list.assignedTo")} </span>
            <bdi>{isMine ? t("common.me") : email.split("@")[0]}</bdi>
        </span>
    );
}
