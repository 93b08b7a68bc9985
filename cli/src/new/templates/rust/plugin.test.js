// `outwit test` runs this after the tests of the crate: it calls the finished component, as an application does.
import { expect, it } from 'outwit:test';
import { greet } from 'example:{{name}}/greeter';

it('greets', () => {
    expect(greet('you')).toBe('Hello, you!');
    expect(() => greet('')).toThrow('who is there?');
});
