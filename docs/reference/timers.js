export async function example() {
    let ticks = 0;
    const interval = setInterval(() => ticks++, 5);
    while (ticks < 3) await new Promise((done) => setTimeout(done, 1));
    clearInterval(interval);
    return `${ticks} ticks`; // 3 ticks
}
