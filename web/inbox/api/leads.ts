import { listEntries } from "./audit";
import type { Entry } from "./audit";
import { call, download } from "./client";
import type { Answer } from "./client";

export type Status = "PENDING" | "REACHED_OUT";

/** As `GET /leads/{uuid}/details` answers. */
export interface Lead {
    uuid: string;
    first_name: string;
    last_name: string;
    email: string;
    status: Status;
    created_at: string;
    updated_at: string;
    assignee: string | null;
    notes_count: number;
    version: number;
    resume_name: string;
    resume_type: string;
    resume_size: number;
}

export interface Note {
    id: number;
    author: string;
    text: string;
    created_at: string;
}

export type Duplicate = Lead & { matches: ("EMAIL" | "NAME")[] };

export interface Outcome {
    uuid: string;
    result: "CHANGED" | "UNCHANGED" | "NOT_FOUND";
}

/** A lead has changed since it was read: the ETag of the version that is shown. */
export const etagOf = (lead: Lead): string => `"${lead.version}"`;

const path = (uuid: string, rest = ""): string => `/leads/${encodeURIComponent(uuid)}${rest}`;
const reading = (signal?: AbortSignal): { signal?: AbortSignal } => (signal ? { signal } : {});

/** @param page path and query: `/leads/?…`, or what an answer's `next` says */
export const listLeads = (page: string, signal?: AbortSignal): Promise<Answer<Lead[]>> => call(page, reading(signal));
export const leadDetails = (uuid: string, signal?: AbortSignal): Promise<Answer<Lead>> =>
    call(path(uuid, "/details"), reading(signal));
export const listDuplicates = (uuid: string, signal?: AbortSignal): Promise<Answer<Duplicate[]>> =>
    call(path(uuid, "/duplicates"), reading(signal));
export const listNotes = (page: string, signal?: AbortSignal): Promise<Answer<Note[]>> => call(page, reading(signal));
export const notesOf = (uuid: string): string => path(uuid, "/notes");
export const timelineOf = (uuid: string): string => path(uuid, "/timeline");
export const listEntriesOf = (uuid: string): Promise<Answer<Entry[]>> => listEntries(timelineOf(uuid));
export const resumeOf = (uuid: string): string => path(uuid, "/resume");
export const fetchResume = (uuid: string, signal: AbortSignal): Promise<ArrayBuffer> => download(resumeOf(uuid), signal);

export const setStatus = (uuid: string, status: Status, ifMatch: string | null): Promise<Answer<unknown>> =>
    call(path(uuid, "/status"), { method: "PUT", body: { status }, ifMatch });
export const setAssignee = (uuid: string, assignee: string | null, ifMatch: string | null): Promise<Answer<Lead>> =>
    call(path(uuid, "/assignee"), { method: "PUT", body: { assignee }, ifMatch });
export const claimLead = (uuid: string): Promise<Answer<Lead>> => call(path(uuid, "/claim"), { method: "POST" });
export const addNote = (uuid: string, text: string): Promise<Answer<Note>> =>
    call(path(uuid, "/notes"), { method: "POST", body: { text } });
export const deleteNote = (uuid: string, note: number): Promise<Answer<unknown>> =>
    call(path(uuid, `/notes/${note}`), { method: "DELETE" });
export const eraseLead = (uuid: string): Promise<Answer<unknown>> => call(path(uuid), { method: "DELETE" });

/** As many as the service changes in one transaction. */
export const maxBulk = 200;
export const setStatuses = (uuids: string[], status: Status): Promise<Answer<Outcome[]>> =>
    call("/leads/bulk/status", { method: "POST", body: { uuids, status } });
export const setAssignees = (uuids: string[], assignee: string | null): Promise<Answer<Outcome[]>> =>
    call("/leads/bulk/assignee", { method: "POST", body: { uuids, assignee } });
