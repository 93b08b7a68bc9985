// The smallest plugin in JavaScript. `greeter` is the interface that the world exports.
export const greeter = {
    greet(name) {
        return `Hello, ${name}! This is JavaScript.`;
    },
};
