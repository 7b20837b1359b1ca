import { call } from "./client";
import type { Answer } from "./client";

/** What anyone may know before logging in. */
export interface Welcome {
    /** Empty: not configured. */
    firm_name: string;
    has_users: boolean;
}

export const welcome = (): Promise<Answer<Welcome>> => call("/inbox/welcome");
