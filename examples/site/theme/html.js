// HTML from template literals: what is put into `html` is escaped, unless it is HTML already.

class Html {
    constructor(text) {
        this.text = text;
    }

    toString() {
        return this.text;
    }
}

const REPLACEMENTS = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

function escape(text) {
    return String(text).replace(/[&<>"']/g, (character) => REPLACEMENTS[character]);
}

function render(value) {
    if (value === undefined || value === null || value === false) {
        return '';
    }
    if (Array.isArray(value)) {
        return value.map(render).join('');
    }
    return value instanceof Html ? value.text : escape(value);
}

/** A tag for template literals. Lists are put one after the other, `undefined` and `false` are nothing. */
export function html(strings, ...values) {
    let text = strings[0];
    values.forEach((value, index) => {
        text += render(value) + strings[index + 1];
    });
    return new Html(text);
}

/** Text that is known to be HTML. */
export function trusted(text) {
    return new Html(text);
}
