import { call } from "./client";
import type { Answer } from "./client";

export type Role = "ATTORNEY" | "ADMIN";

export interface User {
    id: number;
    email: string;
    role: Role;
    is_active: boolean;
    /** Has never set a password. */
    is_invited?: boolean;
    created_at?: string;
}

export interface Session {
    user: User;
    expires_at: string;
}

export const currentSession = (): Promise<Answer<Session>> => call("/session");
export const logIn = (email: string, password: string): Promise<Answer<Session>> =>
    call("/session", { method: "POST", body: { email, password } });
export const logOut = (): Promise<Answer<unknown>> => call("/session", { method: "DELETE" });

export const createFirstAdmin = (email: string, password: string): Promise<Answer<User>> =>
    call("/users/initial", { method: "POST", body: { email, password } });

export const changePassword = (current_password: string, new_password: string): Promise<Answer<unknown>> =>
    call("/users/me/password", { method: "PUT", body: { current_password, new_password } });
export const requestPasswordReset = (email: string): Promise<Answer<unknown>> =>
    call("/password-resets", { method: "POST", body: { email } });
export const setPassword = (token: string, password: string): Promise<Answer<unknown>> =>
    call("/password-resets/confirm", { method: "POST", body: { token, password } });
