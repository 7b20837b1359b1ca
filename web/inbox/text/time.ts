/** Times as people say them. The service sends UTC without a zone: `2025-09-26T19:42:27.248539`. */
import { language, locale } from "./messages";

export function parseTime(text: string): Date {
    return new Date(/[zZ]$|[+-]\d\d:\d\d$/.test(text) ? text : `${text}Z`);
}

const minute = 60, hour = 60 * minute, day = 24 * hour;

/** "now", "5 minutes ago", "yesterday"; after a week the day. */
export function relativeTime(time: Date, now: Date): string {
    const seconds = (now.getTime() - time.getTime()) / 1000;
    const format = new Intl.RelativeTimeFormat(locale(), { numeric: "auto", style: "short" });
    const ago = (amount: number, unit: Intl.RelativeTimeFormatUnit): string => format.format(-Math.trunc(amount), unit);
    if (Math.abs(seconds) < minute) return format.format(0, "second");
    if (Math.abs(seconds) < hour) return ago(seconds / minute, "minute");
    if (Math.abs(seconds) < day) return ago(seconds / hour, "hour");
    if (Math.abs(seconds) < 7 * day) return ago(seconds / day, "day");
    const isThisYear = time.getFullYear() === now.getFullYear();
    return new Intl.DateTimeFormat(locale(), { day: "numeric", month: "short", ...(isThisYear ? {} : { year: "numeric" }) }).format(time);
}

/** To the second, with the zone. */
export function exactTime(time: Date): string {
    return new Intl.DateTimeFormat(locale(), { dateStyle: "full", timeStyle: "long" }).format(time);
}

/** "48 KB" */
export function fileSize(bytes: number): string {
    const units = ["byte", "kilobyte", "megabyte"] as const;
    let size = bytes, unit = 0;
    while (size >= 1000 && unit < units.length - 1) {
        size /= 1000;
        unit += 1;
    }
    return new Intl.NumberFormat(language() === "es" ? "es" : "en", {
        style: "unit", unit: units[unit] ?? "byte", unitDisplay: unit === 0 ? "long" : "short", maximumFractionDigits: unit === 2 ? 1 : 0,
    }).format(size);
}
