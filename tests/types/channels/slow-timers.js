// Calls that wait for timers: `test:channels/slow`.

const notes = [];

export const slow = {
  async wait(how) {
    setTimeout(() => notes.push(`${how} came to its end`), how === 'never' ? 1e8 : 20);
    const interval = setInterval(() => {}, 1);
    await new Promise((resolve) => setTimeout(resolve, how === 'never' ? 1e8 : 30));
    clearInterval(interval);
    return notes.splice(0).join(', ');
  },
  async notes() {
    return notes.splice(0);
  },
};
