export async function example() {
    const order = [];
    const first = navigator.locks.request('file', async () => {
        await null;
        order.push('first');
    });
    const second = navigator.locks.request('file', () => order.push('second'));
    await Promise.all([first, second]);
    return order.join(', '); // first, second
}
