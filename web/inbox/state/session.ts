import { ApiError, whenSignedOut } from "../api/client";
import { currentSession, logOut } from "../api/session";
import type { User } from "../api/session";
import { explain } from "../components/notice";
import { tellWrong } from "../components/toasts";
import { Store } from "./store";

export type SessionState =
    | { kind: "unknown" }
    | { kind: "unreachable" }
    /** `hasEnded`: there was one, which the service has ended. */
    | { kind: "out"; hasEnded: boolean }
    | { kind: "in"; user: User };

export const session = new Store<SessionState>({ kind: "unknown" });

whenSignedOut(() => {
    if (session.value.kind === "in") session.set({ kind: "out", hasEnded: true });
});

/** Asks the service who we are. */
export async function findSession(): Promise<void> {
    try {
        session.set({ kind: "in", user: (await currentSession()).data.user });
    } catch (failure) {
        if (failure instanceof ApiError && failure.status === 401)
            session.set({ kind: "out", hasEnded: session.value.kind === "in" });
        else if (session.value.kind !== "in") session.set({ kind: "unreachable" });
    }
}

export async function endSession(): Promise<void> {
    try {
        await logOut();
    } catch (failure) {
        // Somebody else has ended it.
        if (!(failure instanceof ApiError && failure.status === 401)) return tellWrong(explain(failure));
    }
    // Loaded anew, so that nothing of what was shown stays in memory for the next one at this screen.
    location.replace(location.pathname);
}
