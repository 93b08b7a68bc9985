import type { Greeter } from 'example:{{name}}/{{world}}';

export const greeter: Greeter = {
    greet(name) {
        if (name === '') throw new ComponentError('who is there?');
        console.log(`greeting ${name}`);
        return `Hello, ${name}!`;
    },
};
