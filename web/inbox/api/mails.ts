import { call } from "./client";
import type { Answer } from "./client";

export interface FailedMail {
    id: number;
    lead_uuid: string;
    lead_name: string;
    lead_email: string;
    attorney_emails: string[];
    /** The mail server's own words. */
    error_message: string;
    /** PENDING: it is being sent again right now. */
    status: "PENDING" | "FAILED";
    created_at: string;
}

export interface WaitingMail {
    id: number;
    kind: string;
    lead_uuid: string | null;
    lead_name: string | null;
    attempts: number;
    next_attempt_at: string;
    last_error: string | null;
    created_at: string;
}

export interface MailOutcome {
    id: number;
    result: "SENT" | "FAILED" | "DELETED" | "NOT_FOUND" | "BUSY";
    detail?: string;
}

export const waitingMails = "/admin/outbox/";
export const listFailedMails = (signal: AbortSignal): Promise<Answer<FailedMail[]>> => call("/admin/failed-emails/", { signal });
export const listWaitingMails = (page: string, signal: AbortSignal): Promise<Answer<WaitingMail[]>> => call(page, { signal });
/** The service takes so many at once. */
export const maxMails = 200;

export const resendMails = (ids: number[]): Promise<Answer<MailOutcome[]>> =>
    call("/admin/failed-emails/bulk/resend", { method: "POST", body: { ids } });
export const deleteMails = (ids: number[]): Promise<Answer<MailOutcome[]>> =>
    call("/admin/failed-emails/bulk/delete", { method: "POST", body: { ids } });
