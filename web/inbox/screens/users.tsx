/** Who may log in. For admins. */
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { isAbort } from "../api/client";
import type { Role, User } from "../api/session";
import { changeUser, inviteAgain, listUsers } from "../api/users";
import { Heading } from "../components/heading";
import { Icon } from "../components/icon";
import { Menu } from "../components/menu";
import { FailureNotice, Loading, explain } from "../components/notice";
import { RelativeTime } from "../components/relative-time";
import { tell, tellWrong } from "../components/toasts";
import { findAssignees } from "../state/assignees";
import { session } from "../state/session";
import { useStore } from "../state/store";
import { rich, t } from "../text/messages";
import { AddUserDialog } from "./users/add-user";

const roles: readonly Role[] = ["ATTORNEY", "ADMIN"];

export function UsersScreen(): JSX.Element {
    const { users, failure, reload } = useUsers();
    const [isAdding, setAdding] = useState(false);

    const change = async (user: User, to: { role?: Role; is_active?: boolean }): Promise<void> => {
        try {
            await changeUser(user.id, to);
            tell(rich("users.changed", { email: <bdi>{user.email}</bdi> }), () => {
                const before = to.role ? { role: user.role } : { is_active: user.is_active };
                changeUser(user.id, before).then(() => tell(t("changes.undone")), (reason: unknown) => tellWrong(explain(reason))).finally(() => void reload());
            });
        } catch (reason) {
            tellWrong(explain(reason));
        }
        await reload();
    };
    return (
        <>
            <div class="screen-head">
                <Heading title={t("users.title")} />
                <button type="button" class="button button-primary" onClick={() => setAdding(true)}>
                    <Icon name="plus" />
                    {t("users.add")}
                </button>
            </div>
            {failure !== null && <FailureNotice failure={failure} onRetry={() => void reload()} />}
            {!users && failure === null && <Loading />}
            {users && (
                <ul class="card plain-list table">
                    {users.map((user) => <UserRow key={user.id} user={user} onChange={(to) => void change(user, to)} />)}
                </ul>
            )}
            {isAdding && <AddUserDialog onClose={() => setAdding(false)} onAdded={() => {
                setAdding(false);
                void reload();
            }} />}
        </>
    );
}

function useUsers(): { users: readonly User[] | null; failure: unknown; reload: () => Promise<void> } {
    const [users, setUsers] = useState<readonly User[] | null>(null);
    const [failure, setFailure] = useState<unknown>(null);
    const load = async (signal?: AbortSignal): Promise<void> => {
        try {
            setUsers((await listUsers(signal)).data);
            setFailure(null);
        } catch (reason) {
            if (!isAbort(reason)) setFailure(reason);
        }
    };
    useEffect(() => {
        const abort = new AbortController();
        void load(abort.signal);
        return () => abort.abort();
    }, []);
    return {
        users,
        failure,
        reload: async () => {
            await load();
            await findAssignees();
        },
    };
}

function UserRow({ user, onChange }: { user: User; onChange: (to: { role?: Role; is_active?: boolean }) => void }): JSX.Element {
    const state = useStore(session);
    const isMe = state.kind === "in" && state.user.id === user.id;
    const invite = async (): Promise<void> => {
        try {
            await inviteAgain(user.id);
            tell(rich("users.invitedAgain", { email: <bdi>{user.email}</bdi> }));
        } catch (reason) {
            tellWrong(explain(reason));
        }
    };
    return (
        <li class="table-row">
            <div class="table-main">
                <strong class="clip"><bdi>{user.email}</bdi></strong>
                {isMe && <span class="badge">{t("users.you")}</span>}
                {!user.is_active && <span class="badge badge-off">{t("users.inactive")}</span>}
                {user.is_active && user.is_invited && <span class="badge badge-waiting"><Icon name="clock" />{t("users.invited")}</span>}
                {user.created_at && <span class="muted">{t("users.since")} <RelativeTime at={user.created_at} /></span>}
            </div>
            <div class="table-actions">
                {user.is_invited && user.is_active && (
                    <button type="button" class="button button-quiet" onClick={() => void invite()}><Icon name="send" directional />{t("users.inviteAgain")}</button>
                )}
                {isMe ? <span class="muted">{t(`roles.${user.role}`)}</span> : <Menu label={t("users.roleOf", { email: user.email })} choices={roles.map((role) => ({ value: role, label: t(`roles.${role}`), isCurrent: role === user.role }))}
                    onChoose={(role) => onChange({ role: role as Role })}>
                    <span class="visually-hidden">{t("users.roleOf", { email: user.email })}: </span>
                    {t(`roles.${user.role}`)}
                </Menu>}
                <button type="button" class="button" disabled={isMe} onClick={() => onChange({ is_active: !user.is_active })}>
                    {t(user.is_active ? "users.deactivate" : "users.activate")}
                    <span class="visually-hidden"> {user.email}</span>
                </button>
            </div>
        </li>
    );
}
