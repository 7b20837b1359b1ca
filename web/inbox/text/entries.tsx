/** What an entry of a timeline, or of the audit log, says. */
import type { ComponentChildren } from "preact";
import { inbox as english } from "../../messages/en.json";
import type { Entry } from "../api/audit";
import type { Status } from "../api/leads";
import { session } from "../state/session";
import { rich, t } from "./messages";
import type { MessageKey } from "./messages";

/** How something on the timeline is told apart at a glance. */
export function iconOf(action: string): "check" | "person" | "note" | "eye" | "trash" | "mail" | "log" {
    if (action === "LEAD_SUBMITTED") return "mail";
    if (action === "LEAD_STATUS_CHANGED") return "check";
    if (action === "RESUME_READ") return "eye";
    if (action === "LEAD_ERASED" || action === "NOTE_DELETED") return "trash";
    if (action.startsWith("NOTE_")) return "note";
    return action.startsWith("LEAD_") ? "person" : "log";
}

function actorOf(entry: Entry): ComponentChildren {
    if (!entry.actor) return t(`actors.${entry.actor_kind}`);
    const isMe = session.value.kind === "in" && session.value.user.email === entry.actor;
    return isMe ? t("actors.me") : <bdi>{entry.actor}</bdi>;
}

function valueOf(value: unknown): string {
    if (value === "ADMIN" || value === "ATTORNEY") return t(`roles.${value}`);
    return value === "PENDING" || value === "REACHED_OUT" ? t(`status.${value as Status}`) : String(value ?? "");
}

/** Taking a lead oneself is an assignment, too, but not how people say it. */
const isClaim = ({ action, actor, user }: Entry): boolean => action === "LEAD_ASSIGNED" && actor !== null && actor === user;

/** One sentence. An action that this version of the inbox does not know is shown by its name. */
export function describe(entry: Entry): ComponentChildren {
    const isKnown = entry.action in english.actions;
    const key = isKnown ? (`actions.${entry.action}` as MessageKey) : "actions.OTHER";
    return rich(isClaim(entry) ? "actions.LEAD_CLAIMED" : key, {
        actor: actorOf(entry),
        user: <bdi>{entry.user ?? t("actors.unknown")}</bdi>,
        from: valueOf(entry.details.from),
        to: valueOf(entry.details.to),
        role: valueOf(entry.details.role),
        action: entry.action,
    });
}
