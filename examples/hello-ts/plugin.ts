import type { Greeter } from 'example:hello-ts/plugin';

export const greeter: Greeter = {
    greet(name) {
        if (name === '') throw new ComponentError('who is there?');
        console.log(`greeting ${name}`);
        return `Hello, ${name}!`;
    },
};
