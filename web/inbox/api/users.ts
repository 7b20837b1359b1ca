import { call } from "./client";
import type { Answer } from "./client";
import type { Role, User } from "./session";

export interface Assignee {
    id: number;
    email: string;
}

export const listUsers = (signal?: AbortSignal): Promise<Answer<User[]>> => call("/users/", signal ? { signal } : {});
export const listAssignees = (): Promise<Answer<Assignee[]>> => call("/users/assignees");
export const createUser = (email: string, password: string, role: Role): Promise<Answer<User>> =>
    call("/users/", { method: "POST", body: { email, password, role } });
export const inviteUser = (email: string, role: Role): Promise<Answer<User>> =>
    call("/users/invitations", { method: "POST", body: { email, role } });
export const inviteAgain = (id: number): Promise<Answer<unknown>> => call(`/users/${id}/invitation`, { method: "POST" });
export const changeUser = (id: number, change: { role?: Role; is_active?: boolean }): Promise<Answer<User>> =>
    call(`/users/${id}`, { method: "PUT", body: change });
