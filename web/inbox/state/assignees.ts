import { listAssignees } from "../api/users";
import { session } from "./session";
import { Store } from "./store";

/** Whose cases leads can be: e-mails of active users. */
export const assignees = new Store<readonly string[]>([]);

export async function findAssignees(): Promise<void> {
    try {
        assignees.set((await listAssignees()).data.map(({ email }) => email));
    } catch {
        // One can still take a lead oneself.
        if (session.value.kind === "in" && assignees.value.length === 0) assignees.set([session.value.user.email]);
    }
}
