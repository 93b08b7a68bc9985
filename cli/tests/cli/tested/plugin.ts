import type { Jobs } from 'example:job/plugin';
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(() => resolve(), ms));
export const jobs: Jobs = {
    async start(name, times, every) {
        let runs = 0;
        for (; runs < times; runs++) {
            await sleep(every);
            localStorage.setItem(name, `${runs + 1} at ${new Date().toISOString()}`);
        }
        return { name, runs, last: Date.now() };
    },
    status: () => localStorage.getItem('backup') ?? undefined,
    async price(item) {
        const response = await fetch(`https://api.example.com/items/${item}`, { method: 'POST', body: JSON.stringify({ item }), headers: { 'x-a': 'b' } });
        if (!response.ok) throw new ComponentError(`${response.status}`);
        return (await response.json()).price;
    },
    boom(kind) {
        if (kind === 'type') throw new TypeError('not here');
        return kind;
    },
    spin() { for (;;); },
};
