/** The screens before the inbox: log in, a forgotten password, a new one from a link in a mail, the first admin. */
import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ApiError } from "../api/client";
import { createFirstAdmin, logIn, requestPasswordReset, setPassword } from "../api/session";
import { welcome } from "../api/welcome";
import { Field } from "../components/field";
import { Heading } from "../components/heading";
import { Notice, explain } from "../components/notice";
import { goTo, hrefTo, place, replacePlace } from "../state/router";
import { session } from "../state/session";
import { Store, useStore } from "../state/store";
import { t } from "../text/messages";

const shortestPassword = 8;

interface Welcome {
    /** null: not configured, or not known yet. */
    firm: string | null;
    needsAdmin: boolean;
}
const welcomed = new Store<Welcome>({ firm: null, needsAdmin: false });

export function SignedOut(): JSX.Element {
    const { path } = useStore(place);
    const { firm, needsAdmin } = useStore(welcomed);
    useEffect(() => {
        welcome().then(({ data }) => welcomed.set({ firm: data.firm_name || null, needsAdmin: !data.has_users }), () => {});
    }, []);
    return (
        <main class="door" id="main">
            <p class="door-brand"><Brand />{firm ?? "alma-leads"}</p>
            <div class="door-box">
                {path[0] === "set-password" ? <SetPassword token={path[1] ?? ""} />
                    : path[0] === "forgotten-password" ? <ForgottenPassword />
                    : needsAdmin ? <FirstAdmin />
                    : <LogIn />}
            </div>
        </main>
    );
}

export function Brand(): JSX.Element {
    return (
        <svg class="brand" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
            <rect width="32" height="32" rx="8" />
            <path d="M7 18h5l2 3h4l2-3h5M7 18l3-9h12l3 9v5a2 2 0 0 1-2 2H9a2 2 0 0 1-2-2z" />
        </svg>
    );
}

/** A form that does one thing, once at a time, and says why it did not. */
function useAction(act: (fields: FormData) => Promise<void>, explainFailure: (failure: unknown) => string = explain): {
    submit: (event: SubmitEvent) => void;
    isBusy: boolean;
    problem: string | null;
} {
    const [isBusy, setBusy] = useState(false);
    const [problem, setProblem] = useState<string | null>(null);
    const submit = (event: SubmitEvent): void => {
        event.preventDefault();
        if (isBusy || !(event.currentTarget instanceof HTMLFormElement)) return;
        setBusy(true);
        setProblem(null);
        act(new FormData(event.currentTarget))
            .catch((failure: unknown) => setProblem(explainFailure(failure)))
            .finally(() => setBusy(false));
    };
    return { submit, isBusy, problem };
}

const text = (fields: FormData, name: string): string => String(fields.get(name) ?? "");

function Submit({ isBusy, children }: { isBusy: boolean; children: ComponentChildren }): JSX.Element {
    return <button type="submit" class="button button-primary button-wide" aria-disabled={isBusy}>{children}</button>;
}

function explainLogIn(failure: unknown): string {
    return failure instanceof ApiError && [400, 401, 422].includes(failure.status) ? t("login.wrong") : explain(failure);
}

function LogIn(): JSX.Element {
    const state = useStore(session);
    const { path } = useStore(place);
    const isNew = path[0] === "password-is-set";
    const { submit, isBusy, problem } = useAction(async (fields) => {
        const { data } = await logIn(text(fields, "email").trim(), text(fields, "password"));
        session.set({ kind: "in", user: data.user });
        if (isNew) replacePlace(hrefTo(["leads"]));
    }, explainLogIn);
    return (
        <form onSubmit={submit} noValidate>
            <Heading title={t("login.title")} focus={false} />
            {isNew && problem === null && <Notice kind="done"><p>{t("setPassword.done")}</p></Notice>}
            {state.kind === "out" && state.hasEnded && problem === null && <Notice kind="info"><p>{t("login.ended")}</p></Notice>}
            {problem !== null && <Notice><p>{problem}</p></Notice>}
            <Field label={t("login.email")} name="email" type="email" autocomplete="username" required autofocus />
            <Field label={t("login.password")} name="password" type="password" autocomplete="current-password" required />
            <Submit isBusy={isBusy}>{t("login.submit")}</Submit>
            <p class="door-link"><a href={hrefTo(["forgotten-password"])}>{t("login.forgotten")}</a></p>
        </form>
    );
}

function ForgottenPassword(): JSX.Element {
    const [isSent, setSent] = useState(false);
    const { submit, isBusy, problem } = useAction(async (fields) => {
        await requestPasswordReset(text(fields, "email").trim());
        setSent(true);
    });
    return (
        <form onSubmit={submit} noValidate>
            <Heading title={t("forgotten.title")} />
            {isSent ? <Notice kind="done"><p>{t("forgotten.sent")}</p></Notice> : (
                <>
                    <p>{t("forgotten.text")}</p>
                    {problem !== null && <Notice><p>{problem}</p></Notice>}
                    <Field label={t("login.email")} name="email" type="email" autocomplete="username" required />
                    <Submit isBusy={isBusy}>{t("forgotten.submit")}</Submit>
                </>
            )}
            <p class="door-link"><a href={hrefTo(["leads"])}>{t("forgotten.back")}</a></p>
        </form>
    );
}

/** @throws what the form shows when the password cannot be taken */
function newPassword(fields: FormData): string {
    const password = text(fields, "password");
    if ([...password].length < shortestPassword) throw new ApiError(400, t("setPassword.tooShort", { count: shortestPassword }));
    return password;
}

function SetPassword({ token }: { token: string }): JSX.Element {
    const { submit, isBusy, problem } = useAction(async (fields) => {
        await setPassword(token, newPassword(fields));
        // The link is used up: it stays in no history.
        replacePlace(hrefTo(["password-is-set"]));
    });
    return (
        <form onSubmit={submit} noValidate>
            <Heading title={t("setPassword.title")} />
            {problem !== null && <Notice><p>{problem}</p></Notice>}
            <Field label={t("setPassword.password")} hint={t("setPassword.hint", { count: shortestPassword })} name="password" type="password"
                autocomplete="new-password" required />
            <Submit isBusy={isBusy}>{t("setPassword.submit")}</Submit>
            <p class="door-link"><a href={hrefTo(["forgotten-password"])}>{t("setPassword.newLink")}</a></p>
        </form>
    );
}

function FirstAdmin(): JSX.Element {
    const { submit, isBusy, problem } = useAction(async (fields) => {
        const email = text(fields, "email").trim();
        const password = newPassword(fields);
        await createFirstAdmin(email, password);
        welcomed.set({ ...welcomed.value, needsAdmin: false });
        const { data } = await logIn(email, password);
        session.set({ kind: "in", user: data.user });
        goTo(hrefTo(["leads"]));
    });
    return (
        <form onSubmit={submit} noValidate>
            <Heading title={t("firstAdmin.title")} focus={false} />
            <p>{t("firstAdmin.text")}</p>
            {problem !== null && <Notice><p>{problem}</p></Notice>}
            <Field label={t("login.email")} name="email" type="email" autocomplete="username" required />
            <Field label={t("login.password")} hint={t("setPassword.hint", { count: shortestPassword })} name="password" type="password"
                autocomplete="new-password" required />
            <Submit isBusy={isBusy}>{t("firstAdmin.submit")}</Submit>
        </form>
    );
}
