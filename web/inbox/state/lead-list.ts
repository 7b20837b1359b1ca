/** The leads that match a query, page by page. What is far from the screen is released and read again when one comes back. */
import { isAbort } from "../api/client";
import { listLeads } from "../api/leads";
import type { Lead } from "../api/leads";
import { Store } from "./store";

export const filterNames = ["q", "status", "assignee", "created_from", "created_to"] as const;
export const sortNames = ["-created_at", "created_at"] as const;

export interface PageOfLeads {
    /** Path and query with which it is read. */
    url: string;
    /** null: released. */
    leads: readonly Lead[] | null;
    /** Of its rows in pixels when it was last drawn. */
    height: number;
}

/** Path and query of the API's first page. */
export function firstPage(query: URLSearchParams): string {
    const parameters = new URLSearchParams({ limit: "50", view: "details", sort: query.get("sort") ?? "-created_at" });
    copyFilters(query, parameters);
    return `/leads/?${parameters}`;
}

export function exportUrl(query: URLSearchParams): string {
    const parameters = new URLSearchParams({ sort: query.get("sort") ?? "-created_at" });
    copyFilters(query, parameters);
    return `/leads/export?${parameters}`;
}

function copyFilters(from: URLSearchParams, to: URLSearchParams): void {
    for (const name of filterNames) {
        const value = from.get(name)?.trim();
        if (value) to.set(name, value);
    }
}

export function hasFilters(query: URLSearchParams): boolean {
    return filterNames.some((name) => query.get(name)?.trim());
}

export class LeadList {
    pages: readonly PageOfLeads[] = [];
    total: number | null = null;
    /** Why the next page could not be read. */
    failure: unknown = null;
    isLoading = false;
    /** Counts changes, for those who draw it. */
    readonly changes = new Store(0);
    /** By UUID, as they were when they were selected: they may be released since. */
    readonly selected = new Store<ReadonlyMap<string, Lead>>(new Map());
    /** The lead that was opened last, and how far the list was scrolled then. */
    opened: string | null = null;
    scrollTop = 0;
    private next: string | null;
    /** Pages that were to be restored and could not be read, by URL. */
    private readonly missing = new Map<string, PageOfLeads>();

    private constructor(readonly query: URLSearchParams) {
        this.next = firstPage(query);
    }

    /** With its first page. */
    static async load(query: URLSearchParams, signal: AbortSignal): Promise<LeadList> {
        const list = new LeadList(query);
        await list.readNext(signal);
        return list;
    }

    get hasMore(): boolean {
        return this.next !== null;
    }

    async loadMore(): Promise<void> {
        if (this.isLoading || !this.next) return;
        this.isLoading = true;
        this.failure = null;
        this.touch();
        try {
            await this.readNext();
        } catch (failure) {
            this.failure = failure;
        }
        this.isLoading = false;
        this.touch();
    }

    private async readNext(signal?: AbortSignal): Promise<void> {
        if (!this.next) return;
        const url = this.next;
        const { data, next, total } = await listLeads(url, signal);
        this.pages = [...this.pages, { url, leads: data, height: 0 }];
        this.next = next;
        if (total !== null) this.total = total;
    }

    release(page: PageOfLeads, height: number): void {
        this.change(page, { leads: null, height });
    }

    async restore(page: PageOfLeads): Promise<void> {
        try {
            const { data } = await listLeads(page.url);
            this.change(page, { leads: data });
            this.missing.delete(page.url);
        } catch (failure) {
            if (isAbort(failure)) return;
            this.missing.set(page.url, page);
            this.failure = failure;
            this.touch();
        }
    }

    /** What could not be read: pages that were let go, and the next one. */
    async retry(): Promise<void> {
        this.failure = null;
        this.touch();
        for (const page of [...this.missing.values()]) await this.restore(page);
        if (this.failure === null) await this.loadMore();
    }

    private change(page: PageOfLeads, change: Partial<PageOfLeads>): void {
        this.pages = this.pages.map((other) => (other.url === page.url ? { ...other, ...change } : other));
        this.touch();
    }

    find(uuid: string): Lead | undefined {
        for (const page of this.pages) {
            const found = page.leads?.find((lead) => lead.uuid === uuid);
            if (found) return found;
        }
        return undefined;
    }

    /** Reads the first page again and shows what has become of its leads. @return those that are new */
    async lookAgain(): Promise<string[]> {
        const { data } = await listLeads(firstPage(this.query));
        this.update(data);
        return data.map(({ uuid }) => uuid).filter((uuid) => !this.find(uuid));
    }

    /** Shows what has become of leads, where they are. */
    update(changed: readonly Partial<Lead>[]): void {
        const byUuid = new Map(changed.map((lead) => [lead.uuid, lead]));
        this.pages = this.pages.map((page) => ({
            ...page,
            leads: page.leads?.map((lead) => ({ ...lead, ...byUuid.get(lead.uuid) })) ?? null,
        }));
        this.touch();
    }

    remove(uuid: string): void {
        const lead = this.find(uuid);
        if (!lead) return;
        this.pages = this.pages.map((page) => ({ ...page, leads: page.leads?.filter((other) => other.uuid !== uuid) ?? null }));
        if (this.total !== null) this.total -= 1;
        this.select([lead], false);
        this.touch();
    }

    select(leads: readonly Lead[], isSelected: boolean): void {
        const selected = new Map(this.selected.value);
        for (const lead of leads) isSelected ? selected.set(lead.uuid, lead) : selected.delete(lead.uuid);
        this.selected.set(selected);
    }

    /** The lead after (`step` 1) or before (-1) another one; null at the ends, and when the other one is not in the list. */
    async neighbour(uuid: string, step: 1 | -1): Promise<string | null> {
        const at = this.pages.findIndex((page) => page.leads?.some((lead) => lead.uuid === uuid));
        const page = this.pages[at];
        if (!page?.leads) return null;
        const inPage = page.leads[page.leads.findIndex((lead) => lead.uuid === uuid) + step];
        if (inPage) return inPage.uuid;
        if (step === 1 && at + 1 === this.pages.length) await this.loadMore();
        const beside = this.pages[at + step];
        if (!beside) return null;
        if (!beside.leads) await this.restore(beside);
        return this.pages[at + step]?.leads?.at(step === 1 ? 0 : -1)?.uuid ?? null;
    }

    private touch(): void {
        this.changes.set(this.changes.value + 1);
    }
}

/** The list that was shown last: a lead's page walks through it, and "back" finds it as it was. */
export const leadList = new Store<LeadList | null>(null);
