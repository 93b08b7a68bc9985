export async function example() {
    const listener = new BroadcastChannel('news');
    const heard = new Promise((done) => (listener.onmessage = done));
    const speaker = new BroadcastChannel('news'); // usually in another plugin
    speaker.postMessage({ town: 'Brno', at: new Date(0) });
    const { data } = await heard;
    speaker.close();
    listener.close(); // the call lasts as long as somebody listens
    return `${data.town}, ${data.at.toISOString()}`; // Brno, 1970-01-01T00:00:00.000Z
}
