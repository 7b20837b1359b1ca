import type { JSX } from "preact";
import { Dialog } from "../components/dialog";
import { hrefTo } from "../state/router";
import { t } from "../text/messages";

const keys = ["j", "k", "o", "e", "x", "u", "z", "/", "?"] as const;

export function ShortcutHelp({ onClose }: { onClose: () => void }): JSX.Element {
    return (
        <Dialog title={t("shortcuts.title")} onClose={onClose}>
            <dl class="shortcuts">
                {keys.map((key) => (
                    <div key={key}>
                        <dt><kbd>{key}</kbd></dt>
                        <dd>{t(`shortcuts.${key}`)}</dd>
                    </div>
                ))}
            </dl>
            <p class="muted"><a href={hrefTo(["account"])} onClick={onClose}>{t("shortcuts.switchOff")}</a></p>
        </Dialog>
    );
}
