/** All leads that match: the first screen of the day. */
import type { JSX } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { isAbort } from "../api/client";
import { leadDetails } from "../api/leads";
import { Heading } from "../components/heading";
import { FailureNotice, Loading } from "../components/notice";
import { Icon } from "../components/icon";
import { BulkBar } from "./lead-list/bulk-bar";
import { Filters, SearchBox } from "./lead-list/filters";
import { NoLeads } from "./lead-list/no-leads";
import { PageRows } from "./lead-list/rows";
import { explain } from "../components/notice";
import { tellWrong } from "../components/toasts";
import { otherStatus } from "../components/status";
import { changeStatus } from "../state/changes";
import { LeadList, exportUrl, firstPage, hasFilters, leadList } from "../state/lead-list";
import { onLeadEvent } from "../state/live";
import { place } from "../state/router";
import { useShortcuts } from "../state/shortcuts";
import { Store, useStore } from "../state/store";
import { t } from "../text/messages";

const neverChanges = new Store(0);

export function LeadListScreen(): JSX.Element {
    const { query } = useStore(place);
    const { list, failure, isLoading, reload } = useLeadList(query);
    useStore(list?.changes ?? neverChanges);
    const arrived = useArrivals(list, reload);
    useListShortcuts(list);
    useOldPlace(list);

    return (
        <>
            <div class="list-head">
                <div class="list-title">
                    <Heading title={t("list.title")} focus={!list?.opened} />
                    <p class="list-count" role="status">{list && list.total !== null && t("list.count", { count: list.total })}</p>
                    <a class="button button-quiet list-export" href={exportUrl(query)} download="">
                        <Icon name="download" />
                        {t("list.export")}
                    </a>
                </div>
                <SearchBox query={query} />
                <Filters query={query} />
            </div>
            {arrived > 0 && (
                <div class="pill-place">
                    <button type="button" class="pill" onClick={reload}>
                        <Icon name="refresh" />
                        {t("list.arrived", { count: arrived })}
                    </button>
                </div>
            )}
            <p class="visually-hidden" role="status">{arrived > 0 && t("list.arrived", { count: arrived })}</p>
            {failure !== null && <FailureNotice failure={failure} onRetry={reload} />}
            {!list && failure === null && <SkeletonRows />}
            {list && <Rows list={list} isStale={isLoading} />}
            {list && <BulkBar list={list} />}
        </>
    );
}

/** The list of the query. While another one is read, the one before stays on the screen; a reading that is not wanted any more is cut off. */
function useLeadList(query: URLSearchParams): { list: LeadList | null; failure: unknown; isLoading: boolean; reload: () => void } {
    const list = useStore(leadList);
    const [failure, setFailure] = useState<unknown>(null);
    const [isLoading, setLoading] = useState(false);
    const [round, setRound] = useState(0);
    const wanted = firstPage(query);
    const shown = useRef({ wanted: list ? firstPage(list.query) : "", round: 0 });

    useEffect(() => {
        if (shown.current.wanted === wanted && shown.current.round === round) return;
        const abort = new AbortController();
        setLoading(true);
        LeadList.load(query, abort.signal).then(
            (loaded) => {
                shown.current = { wanted, round };
                setFailure(null);
                setLoading(false);
                leadList.set(loaded);
            },
            (reason: unknown) => {
                if (isAbort(reason)) return;
                setFailure(reason);
                setLoading(false);
            },
        );
        return () => abort.abort();
    }, [wanted, round]);

    return {
        list,
        failure,
        isLoading,
        reload: () => {
            if (round > 0 || list) scrollTo(0, 0);
            setRound(round + 1);
        },
    };
}

/** How many have come since the list was read. They are not pushed in between: a list under one's hand stays as it is. */
function useArrivals(list: LeadList | null, reload: () => void): number {
    const [arrived, setArrived] = useState<ReadonlySet<string>>(new Set());
    useEffect(() => setArrived(new Set()), [list]);
    useEffect(() => onLeadEvent((event) => {
        const arrive = (uuids: readonly string[]): void => {
            // Nobody is reading an empty list.
            if (list?.pages[0]?.leads?.length === 0) reload();
            else setArrived((before) => new Set([...before, ...uuids]));
        };
        if (event.change === "MISSED") void list?.lookAgain().then(arrive, () => {});
        else if (event.change === "CREATED") arrive([event.uuid]);
        else if (!list?.find(event.uuid)) return;
        else if (event.change === "ERASED") list.remove(event.uuid);
        else leadDetails(event.uuid).then(({ data }) => list.update([data]), () => {});
    }), [list]);
    return arrived.size;
}

/** Back from a lead, one is where one was. */
function useOldPlace(list: LeadList | null): void {
    useLayoutEffect(() => {
        if (!list?.opened) return;
        scrollTo(0, list.scrollTop);
        document.querySelector<HTMLElement>(`[data-lead="${list.opened}"]`)?.focus({ preventScroll: true });
        list.opened = null;
    }, []);
}

function focusedLead(): HTMLElement | null {
    return document.activeElement?.closest<HTMLElement>("[data-row]")?.querySelector<HTMLElement>("[data-lead]") ?? null;
}

function useListShortcuts(list: LeadList | null): void {
    const move = (step: 1 | -1): void => {
        const rows = [...document.querySelectorAll<HTMLElement>("[data-lead]")];
        const focused = focusedLead();
        const next = focused ? rows[rows.indexOf(focused) + step] : rows[0];
        next?.focus();
        next?.scrollIntoView({ block: "nearest" });
    };
    const withFocused = (act: (uuid: string) => void): void => {
        const uuid = focusedLead()?.dataset.lead;
        if (uuid) act(uuid);
    };
    useShortcuts({
        j: () => move(1),
        k: () => move(-1),
        o: () => focusedLead()?.click(),
        e: () => withFocused((uuid) => {
            const lead = list?.find(uuid);
            if (lead) changeStatus(lead, otherStatus(lead.status), () => {}).catch((failure: unknown) => {
                tellWrong(explain(failure));
                void leadDetails(uuid).then(({ data }) => list?.update([data]));
            });
        }),
        x: () => withFocused((uuid) => {
            const lead = list?.find(uuid);
            if (lead) list?.select([lead], !list.selected.value.has(uuid));
        }),
        "/": () => document.querySelector<HTMLElement>("[type=search]")?.focus(),
    });
}

function Rows({ list, isStale }: { list: LeadList; isStale: boolean }): JSX.Element {
    const end = useRef<HTMLDivElement>(null);
    useEffect(() => {
        if (!end.current) return;
        const observer = new IntersectionObserver(([entry]) => {
            if (entry?.isIntersecting && !list.failure) void list.loadMore();
        }, { rootMargin: "1200px" });
        observer.observe(end.current);
        return () => observer.disconnect();
    }, [list, list.pages.length]);

    if (list.pages.length === 1 && list.pages[0]?.leads?.length === 0) return <NoLeads isFiltered={hasFilters(list.query)} />;
    return (
        <div class={isStale ? "rows rows-stale" : "rows"} aria-busy={isStale}>
            {list.pages.map((page, index) => <PageRows key={page.url} list={list} page={page} number={index + 1} />)}
            {list.failure !== null && <FailureNotice failure={list.failure} onRetry={() => void list.retry()} />}
            {list.isLoading && <Loading />}
            {!list.hasMore && list.pages.length > 1 && <p class="rows-end">{t("list.end")}</p>}
            <div ref={end} />
        </div>
    );
}

function SkeletonRows(): JSX.Element {
    return (
        <div class="skeleton" role="status">
            <span class="visually-hidden">{t("common.loading")}</span>
            {Array.from({ length: 8 }, (_, index) => <div key={index} class="skeleton-row" />)}
        </div>
    );
}
