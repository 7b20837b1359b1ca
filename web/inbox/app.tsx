/** The frame around all screens: who is logged in, where one can go, what has just happened. */
import type { ComponentChildren, JSX } from "preact";
import { Component } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { User } from "./api/session";
import { Heading } from "./components/heading";
import { Icon } from "./components/icon";
import type { IconName } from "./components/icon";
import { Empty, Loading, Notice } from "./components/notice";
import { Toasts, undoLast } from "./components/toasts";
import { AccountScreen } from "./screens/account";
import { AuditScreen } from "./screens/audit";
import { LeadScreen } from "./screens/lead";
import { LeadListScreen } from "./screens/lead-list";
import { MailsScreen } from "./screens/mails";
import { ShortcutHelp } from "./screens/shortcut-help";
import { Brand, SignedOut } from "./screens/signed-out";
import { UsersScreen } from "./screens/users";
import { findAssignees } from "./state/assignees";
import { leadList } from "./state/lead-list";
import { listen } from "./state/live";
import { preferences } from "./state/preferences";
import { hrefTo, place } from "./state/router";
import { endSession, findSession, session } from "./state/session";
import { useShortcuts } from "./state/shortcuts";
import { useStore } from "./state/store";
import { t } from "./text/messages";

export function App(): JSX.Element {
    const state = useStore(session);
    const { path } = useStore(place);
    // A link in a mail is for whoever got the mail, who need not be the one that is logged in here.
    const isByLink = path[0] === "set-password" || path[0] === "password-is-set";
    useStore(preferences);  // another language: everything is said anew
    useEffect(() => void findSession(), []);
    return (
        <CatchAll>
            {state.kind === "unknown" && <main class="door"><Loading /></main>}
            {state.kind === "unreachable" && <Unreachable />}
            {(state.kind === "out" || (state.kind === "in" && isByLink)) && <SignedOut />}
            {state.kind === "in" && !isByLink && <SignedIn user={state.user} />}
        </CatchAll>
    );
}

/** A mistake of ours leaves a way on, not a blank page. */
class CatchAll extends Component<{ children: ComponentChildren }, { hasFailed: boolean }> {
    override state = { hasFailed: false };

    override componentDidCatch(failure: unknown): void {
        console.error(failure);
        this.setState({ hasFailed: true });
    }

    override render(): ComponentChildren {
        if (!this.state.hasFailed) return this.props.children;
        return (
            <main class="door">
                <Notice>
                    <p>{t("errors.broken")}</p>
                    <button type="button" class="button" onClick={() => location.reload()}>{t("common.reload")}</button>
                </Notice>
            </main>
        );
    }
}

function Unreachable(): JSX.Element {
    return (
        <main class="door">
            <Notice>
                <p>{t("errors.unreachable")}</p>
                <button type="button" class="button" onClick={() => void findSession()}><Icon name="refresh" />{t("common.retry")}</button>
            </Notice>
        </main>
    );
}

function SignedIn({ user }: { user: User }): JSX.Element {
    const [isHelpOpen, setHelpOpen] = useState(false);
    const main = useRef<HTMLElement>(null);
    useEffect(() => {
        void findAssignees();
        return listen();
    }, []);
    useShortcuts({ "?": () => setHelpOpen(true), z: undoLast });
    return (
        <div class="shell">
            {/* The place is in the fragment, so a link to #main would leave it. */}
            <button type="button" class="skip" onClick={() => main.current?.focus()}>{t("nav.skip")}</button>
            <Navigation user={user} onHelp={() => setHelpOpen(true)} />
            <main class="main" id="main" ref={main} tabIndex={-1}>
                <OfflineNotice />
                <Screen user={user} />
            </main>
            <Toasts />
            {isHelpOpen && <ShortcutHelp onClose={() => setHelpOpen(false)} />}
        </div>
    );
}

function Screen({ user }: { user: User }): JSX.Element {
    const { path } = useStore(place);
    const [name, detail] = path;
    const isAdmin = user.role === "ADMIN";
    if (name === undefined || (name === "leads" && detail === undefined)) return <LeadListScreen />;
    if (name === "leads" && detail !== undefined) return <LeadScreen key={detail} uuid={detail} />;
    if (name === "account") return <AccountScreen user={user} />;
    if (name === "users" && isAdmin) return <UsersScreen />;
    if (name === "mails" && isAdmin) return <MailsScreen tab={detail} />;
    if (name === "audit" && isAdmin) return <AuditScreen />;
    return <NotFound />;
}

function NotFound(): JSX.Element {
    return (
        <>
            <Heading title={t("notFound.title")} class="visually-hidden" />
            <Empty title={t("notFound.title")}>
                <p>{t("notFound.text")}</p>
                <a class="button button-primary" href={hrefTo(["leads"])}>{t("notFound.back")}</a>
            </Empty>
        </>
    );
}

function OfflineNotice(): JSX.Element | null {
    const [isOnline, setOnline] = useState(navigator.onLine);
    useEffect(() => {
        const update = (): void => setOnline(navigator.onLine);
        addEventListener("online", update);
        addEventListener("offline", update);
        return () => {
            removeEventListener("online", update);
            removeEventListener("offline", update);
        };
    }, []);
    return isOnline ? null : <Notice kind="info"><p>{t("errors.offline")}</p></Notice>;
}

function Navigation({ user, onHelp }: { user: User; onHelp: () => void }): JSX.Element {
    const { path } = useStore(place);
    const [isOpen, setOpen] = useState(false);
    useEffect(() => setOpen(false), [path]);
    const link = (name: string, icon: IconName, text: string, query?: URLSearchParams): JSX.Element => (
        <a class="nav-link" href={hrefTo([name], query)} aria-current={(path[0] ?? "leads") === name ? "page" : undefined}>
            <Icon name={icon} />
            <span>{text}</span>
        </a>
    );
    return (
        <header class={isOpen ? "side side-open" : "side"}>
            <a class="side-brand" href={hrefTo(["leads"])}><Brand /><span>alma-leads</span></a>
            <button type="button" class="icon-button side-toggle" aria-expanded={isOpen} aria-controls="side-menu" aria-label={t("nav.menu")} onClick={() => setOpen(!isOpen)}>
                <Icon name={isOpen ? "close" : "menu"} />
            </button>
            <div class="side-menu" id="side-menu">
                <nav aria-label={t("nav.title")}>
                    {link("leads", "inbox", t("list.title"), leadList.value?.query)}
                    {user.role === "ADMIN" && (
                        <>
                            {link("mails", "mail", t("mails.title"))}
                            {link("users", "people", t("users.title"))}
                            {link("audit", "log", t("audit.title"))}
                        </>
                    )}
                </nav>
                <div class="side-foot">
                    {link("account", "person", t("account.title"))}
                    <button type="button" class="nav-link" onClick={onHelp}><Icon name="keyboard" /><span>{t("shortcuts.title")}</span></button>
                    <button type="button" class="nav-link" onClick={() => void endSession()}><Icon name="logOut" directional /><span>{t("nav.logOut")}</span></button>
                    <p class="side-who"><bdi>{user.email}</bdi></p>
                </div>
            </div>
        </header>
    );
}
