export async function example() {
    const response = await fetch('https://api.example.com/items', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ item: 'tea' }),
        signal: AbortSignal.timeout(2000), // needs outwit:timers as well
    });
    if (!response.ok) throw new Error(`the server says ${response.status}`);
    const { price } = await response.json();
    return `tea costs ${price}`;
}
