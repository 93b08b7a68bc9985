import { describe, expect, it } from 'outwit:test';
// The module itself.
import { greeter } from './plugin.js';
// The finished component, called as an application calls it.
import { greet } from 'example:hello-ts/greeter';

describe('greet', () => {
    it.each(['you', 'Zoë', '世界'])('greets %s', (name) => {
        expect(greeter.greet(name)).toBe(`Hello, ${name}!`);
    });

    it('wants a name', () => {
        expect(() => greeter.greet('')).toThrow('who is there?');
    });

    it('comes through the component as well', () => {
        expect(greet('you')).toBe('Hello, you!');
        expect(() => greet('')).toThrow('who is there?');
    });
});
