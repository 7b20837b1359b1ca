import type { JSX } from "preact";

/** The name of a lead as one runs it: a name may be written in any direction, and turns nothing around it. */
export function Name({ of: { first_name, last_name } }: { of: { first_name: string; last_name: string } }): JSX.Element {
    return <bdi>{`${first_name} ${last_name}`}</bdi>;
}

export const fullName = (lead: { first_name: string; last_name: string }): string => `${lead.first_name} ${lead.last_name}`;
