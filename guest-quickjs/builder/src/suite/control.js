// The storage area of this component is the runner.
export const fakes = {
    ask: (question) => localStorage.getItem(question) ?? 'null',
    async turn() {
        localStorage.getItem('{"op":"settle"}');
    },
};
