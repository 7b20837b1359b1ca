import type { JSX } from "preact";
import type { Status } from "../api/leads";
import { t } from "../text/messages";
import { Icon } from "./icon";

export function StatusBadge({ status }: { status: Status }): JSX.Element {
    const isDone = status === "REACHED_OUT";
    return (
        <span class={`badge ${isDone ? "badge-done" : "badge-waiting"}`}>
            <Icon name={isDone ? "check" : "clock"} />
            {t(`status.${status}`)}
        </span>
    );
}

export const otherStatus = (status: Status): Status => (status === "PENDING" ? "REACHED_OUT" : "PENDING");
