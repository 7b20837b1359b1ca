import type { JSX } from "preact";

/** The name of a lead as one runs it: a name may be written in any direction, and turns nothing around it. */
export function Name({ of: lead }: { of: { first_name: string; last_name: string } }): JSX.Element {
    return <bdi>{fullName(lead)}</bdi>;
}

export const fullName = (lead: { first_name: string; last_name: string }): string => visible(`${lead.first_name} ${lead.last_name}`);

/** A text from outside in one line, where marks of direction could make `fdp.exe` of `exe.pdf`: they show as what downloads have in their place. */
export const visible = (text: string): string => text.replace(/[\u202A-\u202E\u2066-\u2069]/g, "_");
