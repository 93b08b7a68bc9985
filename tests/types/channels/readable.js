// With a `ReadableStream`: streams that arrive are objects of it, and those that leave may be.

// as little of one as can be
globalThis.ReadableStream = class ReadableStream {
  #source;
  #strategy;
  #reader;

  constructor(source, strategy) {
    this.#source = source;
    this.#strategy = strategy;
  }
  get locked() {
    return this.#reader !== undefined;
  }
  getReader() {
    if (this.#reader) throw new TypeError('locked');
    const chunks = [];
    let closed = false;
    const controller = {
      enqueue: (chunk) => chunks.push(chunk),
      close: () => (closed = true),
    };
    this.#reader = {
      read: async () => {
        while (chunks.length === 0 && !closed) await this.#source.pull(controller);
        return chunks.length > 0 ? { value: chunks.shift(), done: false } : { value: undefined, done: true };
      },
      cancel: async (reason) => this.#source.cancel?.(reason),
    };
    return this.#reader;
  }
};

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
};
