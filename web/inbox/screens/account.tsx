/** One's own account, and how the inbox looks and behaves on this device. */
import type { JSX } from "preact";
import { useId, useRef, useState } from "preact/hooks";
import { changePassword } from "../api/session";
import type { User } from "../api/session";
import { Field } from "../components/field";
import { Heading } from "../components/heading";
import { Icon } from "../components/icon";
import { Notice, explain } from "../components/notice";
import { tell } from "../components/toasts";
import { prefer, preferences } from "../state/preferences";
import type { Language, Scheme } from "../state/preferences";
import { endSession } from "../state/session";
import { useStore } from "../state/store";
import { language, t } from "../text/messages";

export function AccountScreen({ user }: { user: User }): JSX.Element {
    return (
        <>
            <div class="screen-head"><Heading title={t("account.title")} /></div>
            <div class="account">
                <p class="account-who"><strong><bdi>{user.email}</bdi></strong><span class="badge">{t(`roles.${user.role}`)}</span></p>
                <Appearance />
                <Password />
                <button type="button" class="button" onClick={() => void endSession()}><Icon name="logOut" directional />{t("nav.logOut")}</button>
            </div>
        </>
    );
}

const schemes: readonly Scheme[] = ["system", "light", "dark"];

function Appearance(): JSX.Element {
    const { scheme, hasShortcuts } = useStore(preferences);
    const titleId = useId();
    const languageId = useId();
    return (
        <section class="card" aria-labelledby={titleId}>
            <h2 id={titleId} class="card-title">{t("account.device")}</h2>
            <div class="field">
                <label for={languageId}>{t("account.language")}</label>
                {/* Each in its own words, for whoever cannot read the one that is set. */}
                <select id={languageId} class="select" value={language()} onChange={(event) => prefer({ language: event.currentTarget.value as Language })}>
                    <option value="en" lang="en">English</option>
                    <option value="es" lang="es">Español</option>
                    {language() === "rtl" && <option value="rtl">Pseudo (right to left)</option>}
                </select>
            </div>
            <fieldset class="segments-field">
                <legend>{t("account.scheme")}</legend>
                <div class="segments">
                    {schemes.map((value) => (
                        <label key={value} class="segment">
                            <input type="radio" name="scheme" checked={scheme === value} onChange={() => prefer({ scheme: value })} />
                            <span>{t(`account.schemes.${value}`)}</span>
                        </label>
                    ))}
                </div>
            </fieldset>
            <label class="check">
                <input type="checkbox" checked={hasShortcuts} onChange={(event) => prefer({ hasShortcuts: event.currentTarget.checked })} />
                {t("account.shortcuts")}
            </label>
        </section>
    );
}

function Password(): JSX.Element {
    const [failure, setFailure] = useState<unknown>(null);
    const [isBusy, setBusy] = useState(false);
    const form = useRef<HTMLFormElement>(null);
    const titleId = useId();
    const change = async (fields: FormData): Promise<void> => {
        setBusy(true);
        setFailure(null);
        try {
            await changePassword(String(fields.get("current")), String(fields.get("new")));
            form.current?.reset();
            tell(t("account.passwordChanged"));
        } catch (reason) {
            setFailure(reason);
        }
        setBusy(false);
    };
    return (
        <section class="card" aria-labelledby={titleId}>
            <h2 id={titleId} class="card-title">{t("account.password")}</h2>
            <form ref={form} onSubmit={(event) => {
                event.preventDefault();
                if (!isBusy) void change(new FormData(event.currentTarget));
            }}>
                {failure !== null && <Notice><p>{explain(failure)}</p></Notice>}
                <Field label={t("account.currentPassword")} name="current" type="password" autocomplete="current-password" required />
                <Field label={t("account.newPassword")} hint={t("account.newPasswordHint")} name="new" type="password" autocomplete="new-password" required />
                <button type="submit" class="button" aria-disabled={isBusy}>{t("account.changePassword")}</button>
            </form>
        </section>
    );
}
