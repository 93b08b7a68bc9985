// The plugin `theme`: page layout, navigation and table of contents. The text of a page comes from the
// plugin `markdown`, which this one imports.

import * as markdown from 'demo:site/markdown';
import { layout, STYLE_SHEET } from './layout.js';
import { nameOf, pagePath } from './paths.js';
import { style } from './style.js';

function titleOf(page, document) {
    const heading = document.headings.find(({ level }) => level === 1) ?? document.headings[0];
    return heading?.text || nameOf(page.path);
}

export const theme = {
    describe(page) {
        return { path: page.path, title: titleOf(page, markdown.render(page.source)) };
    },

    render(site, page) {
        if (!site.pages.some(({ path }) => path === page.path)) {
            throw new ComponentError({ tag: 'unknown-page', val: page.path });
        }
        const document = markdown.render(page.source);
        if (document.headings.length === 0) {
            console.warn(`${page.path} has no heading; it is called “${nameOf(page.path)}”`);
        }
        const text = layout(site, page, titleOf(page, document), document);
        return { path: pagePath(page.path), text };
    },

    assets() {
        return [{ path: STYLE_SHEET, text: style }];
    },
};
