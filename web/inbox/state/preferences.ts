/** What a person has chosen on this device. Nothing in it is secret. */
import { Store } from "./store";

export type Scheme = "system" | "light" | "dark";
export type Language = "en" | "es" | "rtl";

export interface Preferences {
    scheme: Scheme;
    /** null: what the browser asks for. `rtl` is a pseudo-locale with which the layout is tested. */
    language: Language | null;
    hasShortcuts: boolean;
}

const key = "alma-leads.preferences";
const defaults: Preferences = { scheme: "system", language: null, hasShortcuts: true };

function read(): Preferences {
    try {
        return { ...defaults, ...(JSON.parse(localStorage.getItem(key) ?? "{}") as Partial<Preferences>) };
    } catch {
        return defaults;  // no storage, or not ours
    }
}

export const preferences = new Store<Preferences>(read());

export function prefer(change: Partial<Preferences>): void {
    preferences.set({ ...preferences.value, ...change });
    try {
        localStorage.setItem(key, JSON.stringify(preferences.value));
    } catch {
        // It holds until the page is closed.
    }
}

function applyScheme(): void {
    const { scheme } = preferences.value;
    if (scheme === "system") delete document.documentElement.dataset.scheme;
    else document.documentElement.dataset.scheme = scheme;
}
applyScheme();
preferences.watch(applyScheme);
