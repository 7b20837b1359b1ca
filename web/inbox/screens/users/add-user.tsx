import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { Role } from "../../api/session";
import { createUser, inviteUser } from "../../api/users";
import { Dialog } from "../../components/dialog";
import { Field } from "../../components/field";
import { Notice, explain } from "../../components/notice";
import { tell } from "../../components/toasts";
import { rich, t } from "../../text/messages";

type Way = "mail" | "password";

/** A new colleague: by a link in a mail, or with a password that one tells them. */
export function AddUserDialog({ onClose, onAdded }: { onClose: () => void; onAdded: () => void }): JSX.Element {
    const [email, setEmail] = useState("");
    const [password, setPassword] = useState("");
    const [role, setRole] = useState<Role>("ATTORNEY");
    const [way, setWay] = useState<Way>("mail");
    const [failure, setFailure] = useState<unknown>(null);
    const [isBusy, setBusy] = useState(false);
    const add = async (): Promise<void> => {
        setBusy(true);
        setFailure(null);
        try {
            if (way === "mail") await inviteUser(email.trim(), role);
            else await createUser(email.trim(), password, role);
            tell(rich(way === "mail" ? "users.invitationSent" : "users.added", { email: <bdi>{email.trim()}</bdi> }));
            onAdded();
        } catch (reason) {
            setFailure(reason);
            setBusy(false);
        }
    };
    return (
        <Dialog title={t("users.add")} onClose={onClose}>
            <form onSubmit={(event) => {
                event.preventDefault();
                if (!isBusy) void add();
            }}>
                {failure !== null && <Notice><p>{explain(failure)}</p></Notice>}
                <Field label={t("login.email")} type="email" required autocomplete="off" value={email} onInput={(event) => setEmail(event.currentTarget.value)} />
                <Choice legend={t("users.role")} name="role" value={role} onChange={setRole}
                    options={[["ATTORNEY", t("roles.ATTORNEY"), t("users.attorneyHint")], ["ADMIN", t("roles.ADMIN"), t("users.adminHint")]]} />
                <Choice legend={t("users.way")} name="way" value={way} onChange={setWay}
                    options={[["mail", t("users.byMail"), t("users.byMailHint")], ["password", t("users.byPassword"), t("users.byPasswordHint")]]} />
                {way === "password" && (
                    <Field label={t("login.password")} type="password" required autocomplete="new-password" value={password}
                        onInput={(event) => setPassword(event.currentTarget.value)} />
                )}
                <div class="dialog-actions">
                    <button type="button" class="button" onClick={onClose}>{t("common.cancel")}</button>
                    <button type="submit" class="button button-primary" aria-disabled={isBusy}>{t(way === "mail" ? "users.invite" : "users.create")}</button>
                </div>
            </form>
        </Dialog>
    );
}

function Choice<T extends string>({ legend, name, value, options, onChange }: {
    legend: string;
    name: string;
    value: T;
    options: readonly (readonly [T, string, string])[];
    onChange: (value: T) => void;
}): JSX.Element {
    return (
        <fieldset class="choice">
            <legend>{legend}</legend>
            {options.map(([option, label, hint]) => (
                <label key={option} class="choice-option">
                    <input type="radio" name={name} checked={option === value} onChange={() => onChange(option)} />
                    <span>{label}<span class="field-hint">{hint}</span></span>
                </label>
            ))}
        </fieldset>
    );
}
