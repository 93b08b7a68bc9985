// With a `ReadableStream`: streams that arrive are objects of it, and those that leave may be.

let cancelled = 0;

export const readable = {
  async describe(bytes) {
    const text = `${bytes instanceof ReadableStream} ${bytes.locked}`;
    const reader = bytes.getReader();
    const { value } = await reader.read();
    await reader.cancel();
    return `${text} ${bytes.locked} ${value}`;
  },
  async pass(bytes) {
    return bytes;
  },
  async make(n) {
    return new ReadableStream({
      pull(controller) {
        if (n === 0) controller.close();
        else controller.enqueue(n--);
      },
      cancel() {
        cancelled++;
      },
    });
  },
  cancelled: () => cancelled,
  async bring(bytes) {
    const reader = bytes.getReader({ mode: 'byob' });
    const { value } = await reader.read(new Uint8Array(4), { min: 3 });
    return value;
  },
  async twice(bytes) {
    const [a, b] = bytes.tee();
    const all = await Promise.all([Array.fromAsync(a), Array.fromAsync(b)]);
    return all.map((chunks) => chunks.map((chunk) => [...chunk].join()).join()).join(' ');
  },
  async rest(bytes) {
    const reader = bytes.getReader();
    await reader.read();
    reader.releaseLock();
    return bytes;
  },
  async through(bytes) {
    const double = new TransformStream({ transform: (chunk, controller) => controller.enqueue(chunk.map((byte) => byte * 2)) });
    return bytes.pipeThrough(double);
  },
  async broken() {
    return new ReadableStream({
      pull() {
        throw new Error('the source broke');
      },
    });
  },
};
