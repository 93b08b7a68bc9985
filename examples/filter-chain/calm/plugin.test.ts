// This goes through all three plugins.
import { expect, it } from 'outwit:test';
import { apply } from 'demo:chain/filter';

const message = (text: string) => ({ author: 'ann', text, notes: [] });

it('hands messages on to the other filters', () => {
    expect(apply(message('a cup of tea'))).toEqual({ author: 'ann', text: 'a cup of tea', notes: ['4 words'] });
});

it('calms down who shouts', () => {
    expect(apply(message('TEA PLEASE'))).toMatchObject({ text: 'Tea please', notes: ['was shouted', '2 words'] });
});

it('stops insults', () => {
    expect(() => apply(message('you numpty'))).toThrow('ann says numpty');
});

it('hears why a filter behind it stops a message', () => {
    expect(() => apply(message(' '))).toThrow('there is nothing in it');
});
