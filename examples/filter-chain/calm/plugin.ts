// Nobody shouts, and nobody is insulted.
import { apply } from 'demo:chain/filter';
import type { Filter } from 'demo:chain/link';

const INSULTS = /\b(?:numpty|nincompoop)\b/i;

export const filter: Filter = {
    apply(message) {
        const insult = INSULTS.exec(message.text);
        if (insult !== null) throw new ComponentError(`${message.author} says ${insult[0]}`);
        const { text } = message;
        const isLoud = text.length > 3 && text === text.toUpperCase() && text !== text.toLowerCase();
        if (!isLoud) return apply(message);
        const calm = text.charAt(0) + text.slice(1).toLowerCase();
        return apply({ ...message, text: calm, notes: [...message.notes, 'was shouted'] });
    },
};
