// The storage area of this component is the runner.
export const fakes = {
    ask: (question) => localStorage.getItem(question) ?? 'null',
    async turn(pause) {
        localStorage.getItem(JSON.stringify({ op: 'settle', pause }));
    },
};
