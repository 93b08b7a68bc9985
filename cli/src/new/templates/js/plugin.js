/** @type {import('example:{{name}}/{{world}}').Greeter} */
export const greeter = {
    greet(name) {
        if (name === '') throw new ComponentError('who is there?');
        console.log(`greeting ${name}`);
        return `Hello, ${name}!`;
    },
};
