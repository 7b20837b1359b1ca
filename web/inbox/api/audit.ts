import { call } from "./client";
import type { Answer } from "./client";

/** An entry of a lead's timeline, or of the audit log. */
export interface Entry {
    id: number;
    action: string;
    actor_kind: "USER" | "PROSPECT" | "COMMAND_LINE" | "SERVICE" | "ANONYMOUS";
    actor: string | null;
    user: string | null;
    details: Record<string, unknown>;
    created_at: string;
    lead_uuid?: string | null;
}

export const auditLog = "/admin/audit/";
export const listEntries = (page: string, signal?: AbortSignal): Promise<Answer<Entry[]>> =>
    call(page, signal ? { signal } : {});
