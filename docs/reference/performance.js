export async function example() {
    const started = performance.now();
    for (let i = 0; i < 1000; i++) Math.sqrt(i);
    const milliseconds = performance.now() - started;
    return milliseconds >= 0 && Date.now() >= Math.floor(performance.timeOrigin) ? 'time passes' : 'it does not'; // time passes
}
