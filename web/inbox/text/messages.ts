/** The words of the inbox, in the language of the person. Every text that is shown comes from web/messages/*.json. */
import type { ComponentChildren } from "preact";
import { inbox as english } from "../../messages/en.json";
import { inbox as spanish } from "../../messages/es.json";
import { preferences } from "../state/preferences";
import type { Language } from "../state/preferences";

type Plural = { one: string; other: string };
type KeysOf<T> = {
    [K in keyof T & string]: T[K] extends string ? K : T[K] extends Plural ? K : `${K}.${KeysOf<T[K]>}`;
}[keyof T & string];
export type MessageKey = KeysOf<typeof english>;
export type Values = Record<string, string | number>;

function chosenLanguage(): Language {
    const { language } = preferences.value;
    if (language) return language;
    return navigator.languages.find((tag) => /^(en|es)\b/.test(tag))?.startsWith("es") ? "es" : "en";
}

export const language = (): Language => chosenLanguage();
/** For Intl: the region of the browser counts (dates), where its language is the one that is shown. */
export function locale(): string {
    const shown = chosenLanguage() === "es" ? "es" : "en";
    return navigator.languages.find((tag) => tag.startsWith(shown)) ?? shown;
}

function lookUp(key: MessageKey): string | Plural {
    let found: unknown = chosenLanguage() === "es" ? spanish : english;
    for (const part of key.split(".")) found = (found as Record<string, unknown>)[part];
    return found as string | Plural;
}

function formOf(message: string | Plural, values: Values): string {
    if (typeof message === "string") return message;
    const rule = new Intl.PluralRules(locale()).select(Number(values.count));
    return rule === "one" ? message.one : message.other;
}

/** Text between what is put in: `["", "count", " leads"]`, names at odd places. */
function split(text: string): string[] {
    return text.split(/\{(\w+)\}/);
}

/** Letters with marks, and longer: what was not translated, or does not fit, stands out. */
function pseudo(text: string): string {
    return chosenLanguage() === "rtl" ? text.replace(/[aeiou]/g, (vowel) => `${vowel}\u0304`) : text;
}

function shown(value: string | number): string {
    if (typeof value === "number") return new Intl.NumberFormat(locale()).format(value);
    // A name that is written from right to left, or holds such marks, turns nothing around it (Unicode TR 9, 2.4).
    return `\u2068${value}\u2069`;
}

/** A message as plain text. Of `one` and `other` it takes what `count` asks for. */
export function t(key: MessageKey, values: Values = {}): string {
    return split(formOf(lookUp(key), values))
        .map((part, index) => (index % 2 === 0 ? pseudo(part) : shown(values[part] ?? "")))
        .join("");
}

/** A message with elements in it. */
export function rich(key: MessageKey, values: Record<string, ComponentChildren>): ComponentChildren[] {
    const numbers: Values = typeof values.count === "number" ? { count: values.count } : {};
    return split(formOf(lookUp(key), numbers)).map((part, index) => {
        if (index % 2 === 0) return pseudo(part);
        const value = values[part];
        return typeof value === "number" ? shown(value) : value;
    });
}

function applyLanguage(): void {
    const chosen = chosenLanguage();
    document.documentElement.lang = chosen === "es" ? "es" : "en";
    document.documentElement.dir = chosen === "rtl" ? "rtl" : "ltr";
}
applyLanguage();
preferences.watch(applyLanguage);
