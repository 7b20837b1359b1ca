import type { JSX } from "preact";
import { Empty } from "../../components/notice";
import { Icon } from "../../components/icon";
import { t } from "../../text/messages";
import { clearFilters } from "./filters";

/** An empty list says what to do next. */
export function NoLeads({ isFiltered }: { isFiltered: boolean }): JSX.Element {
    if (isFiltered) {
        return (
            <Empty title={t("empty.noMatch")}>
                <p>{t("empty.noMatchHint")}</p>
                <button type="button" class="button" onClick={clearFilters}>{t("list.clear")}</button>
            </Empty>
        );
    }
    return (
        <Empty title={t("empty.noLeads")}>
            <p>{t("empty.noLeadsHint")}</p>
            <a class="button button-primary" href="/apply" target="_blank" rel="noreferrer">
                <Icon name="external" directional />
                {t("empty.openForm")}
            </a>
            <p class="empty-embed">{t("empty.embedHint")}</p>
            <code class="code" dir="ltr">{`<iframe src="${location.origin}/apply/embed" title="${t("empty.formTitle")}"></iframe>`}</code>
        </Empty>
    );
}
