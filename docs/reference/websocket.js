export async function example() {
    const socket = new WebSocket('wss://api.example.com/chat');
    await new Promise((done, fail) => {
        socket.onopen = done;
        socket.onerror = () => fail(new Error('there is no connection'));
    });
    socket.send('hello');
    const { data } = await new Promise((done) => (socket.onmessage = done));
    socket.close(1000, 'thanks');
    return data;
}
