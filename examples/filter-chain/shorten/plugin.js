// What is too long is cut.
import { apply } from 'demo:chain/filter';

const MOST = 60;

export const filter = {
    apply(message) {
        const { text, notes } = message;
        if (text.length <= MOST) return apply(message);
        return apply({ ...message, text: `${text.slice(0, MOST - 1)}…`, notes: [...notes, `${text.length} characters`] });
    },
};
