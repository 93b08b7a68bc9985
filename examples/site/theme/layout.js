// The frame around the text of a page. Its ids have a dot, which the ids of headings never have.

import { html, trusted } from './html.js';
import { neighbours, siteNavigation, tableOfContents } from './navigation.js';
import { link, pagePath } from './paths.js';

/** The style sheet, relative to the root of the site. */
export const STYLE_SHEET = 'style.css';

/** A whole page. `document` is what the plugin `markdown` made of it. */
export function layout(site, page, title, document) {
    const here = pagePath(page.path);
    const contents = tableOfContents(document.headings);
    const fullTitle = title === site.name ? title : `${title} · ${site.name}`;
    const home = site.pages[0] && link(here, pagePath(site.pages[0].path));
    return html`<!DOCTYPE html>
<html lang="${site.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${fullTitle}</title>
<link rel="stylesheet" href="${link(here, STYLE_SHEET)}">
</head>
<body>
<a class="skip" href="#layout.content">Skip to the text</a>
<header class="top">
<a class="name" href="${home}">${site.name}</a>
<a class="to-pages" href="#layout.pages">All pages</a>
</header>
<div class="columns">
<nav class="site" id="layout.pages" aria-label="Pages">
${siteNavigation(site, page)}</nav>
<main id="layout.content">
<article>
${trusted(document.html)}</article>
${neighbours(site, page)}
</main>
${contents && html`<nav class="contents" aria-labelledby="layout.contents">
<p id="layout.contents">On this page</p>
${contents}
</nav>`}
</div>
</body>
</html>
`.toString();
}
