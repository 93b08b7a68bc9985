import type { Watcher } from 'demo:job/job';

const sleep = (milliseconds: number) => new Promise<void>((resolve) => setTimeout(resolve, milliseconds));

/** A short text that is another for another page. */
async function digest(page: string): Promise<string> {
    const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(page)));
    return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function look(url: string): Promise<Watcher.Look> {
    const at = new Date().toISOString();
    try {
        const response = await fetch(url, { signal: AbortSignal.timeout(10_000) });
        if (!response.ok) return { at, changed: false, failed: `status ${response.status}` };
        const now = await digest(await response.text());
        const before = localStorage.getItem(url);
        localStorage.setItem(url, now);
        return { at, changed: before !== null && before !== now };
    } catch (error) {
        return { at, changed: false, failed: String(error) };
    }
}

export const watcher: Watcher = {
    async watch(url, times, seconds) {
        const looks: Watcher.Look[] = [];
        for (let i = 0; i < times; i++) {
            if (i > 0) await sleep(seconds * 1000);
            const seen = await look(url);
            if (seen.changed) console.log(`${url} has changed`);
            if (seen.failed !== undefined) console.warn(`${url}: ${seen.failed}`);
            looks.push(seen);
        }
        return looks;
    },
};
