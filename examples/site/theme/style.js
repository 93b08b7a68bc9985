// The style sheet.

export const style = `/* Colours follow the reader's system; one set of names for both. */
:root {
    color-scheme: light dark;
    --paper: #fffefb;
    --panel: #f5f2ea;
    --ink: #1f2328;
    --soft: #5b6068;
    --line: #e2ddd0;
    --accent: #0f5f55;
    --accent-soft: #dceee9;
    --code: #f3f0e7;
    --text: ui-serif, Charter, "Bitstream Charter", "Sitka Text", Cambria, Georgia, serif;
    --plain: system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
    --mono: ui-monospace, "SF Mono", "Cascadia Code", Menlo, Consolas, "DejaVu Sans Mono", monospace;
}

@media (prefers-color-scheme: dark) {
    :root {
        --paper: #15181b;
        --panel: #1c2024;
        --ink: #e3e5e4;
        --soft: #a0a7ad;
        --line: #30363c;
        --accent: #74cdbb;
        --accent-soft: #1d3b37;
        --code: #20252a;
    }
}

*,
*::before,
*::after {
    box-sizing: border-box;
}

html {
    scroll-padding-top: 4.5rem;
    -webkit-text-size-adjust: 100%;
}

body {
    margin: 0;
    background: var(--paper);
    color: var(--ink);
    font: 1.0625rem/1.65 var(--text);
    overflow-wrap: break-word;
}

a {
    color: var(--accent);
    text-decoration-thickness: 1px;
    text-underline-offset: 0.15em;
}

a:hover {
    text-decoration-thickness: 2px;
}

:focus-visible {
    outline: 2px solid var(--accent);
    outline-offset: 2px;
    border-radius: 2px;
}

.skip {
    position: absolute;
    left: -100vw;
}

.skip:focus {
    left: 1rem;
    top: 0.75rem;
    z-index: 2;
    padding: 0.25rem 0.75rem;
    background: var(--paper);
}

/* The frame */

.top {
    position: sticky;
    top: 0;
    z-index: 1;
    padding: 0.8rem 1.5rem;
    background: var(--paper);
    border-bottom: 1px solid var(--line);
    font-family: var(--plain);
}

.to-pages {
    display: none;
    font-size: 0.9rem;
}

.name {
    color: var(--ink);
    font-weight: 650;
    letter-spacing: -0.01em;
    text-decoration: none;
}

.columns {
    display: grid;
    grid-template-columns: 15rem minmax(0, 46rem) 14rem;
    justify-content: center;
    gap: 3rem;
    padding: 0 1.5rem;
}

.site,
.contents {
    position: sticky;
    top: 3.4rem;
    align-self: start;
    max-height: calc(100vh - 3.4rem);
    padding: 2rem 0;
    overflow-y: auto;
    font: 0.9rem/1.45 var(--plain);
}

.site ul,
.contents ul {
    margin: 0;
    padding: 0;
    list-style: none;
}

.folder,
.contents p {
    margin: 1.4rem 0 0.4rem;
    padding: 0 0.7rem;
    color: var(--soft);
    font-size: 0.78rem;
    font-weight: 600;
    letter-spacing: 0.05em;
    text-transform: uppercase;
}

.contents p {
    margin-top: 0;
}

.site a,
.contents a {
    display: block;
    padding: 0.28rem 0.7rem;
    border-radius: 0.35rem;
    color: var(--soft);
    text-decoration: none;
}

.site a:hover,
.contents a:hover {
    background: var(--panel);
    color: var(--ink);
}

.site [aria-current] {
    background: var(--accent-soft);
    color: var(--accent);
    font-weight: 600;
}

.contents li li a {
    padding-left: 1.6rem;
}

main {
    min-width: 0;
    padding: 1.5rem 0 4rem;
}

/* The text */

h1,
h2,
h3,
h4,
h5,
h6 {
    margin: 2.2em 0 0.6em;
    font-family: var(--plain);
    font-weight: 650;
    line-height: 1.25;
    letter-spacing: -0.012em;
    text-wrap: balance;
}

h1 {
    margin-top: 0.6em;
    font-size: 2.1rem;
}

h2 {
    padding-bottom: 0.3em;
    border-bottom: 1px solid var(--line);
    font-size: 1.45rem;
}

h3 {
    font-size: 1.15rem;
}

h4,
h5,
h6 {
    font-size: 1rem;
}

.anchor {
    color: var(--soft);
    font-weight: 400;
    text-decoration: none;
    opacity: 0;
}

:is(h1, h2, h3, h4, h5, h6):hover > .anchor,
.anchor:focus {
    opacity: 1;
}

p,
ul,
ol,
dl,
pre,
blockquote,
.table {
    margin: 0 0 1.1em;
}

li > ul,
li > ol {
    margin: 0.2em 0;
}

li + li {
    margin-top: 0.25em;
}

li:has(> input[type="checkbox"]) {
    list-style: none;
}

li > input[type="checkbox"] {
    margin: 0 0.4em 0 -1.4em;
}

code,
pre {
    font-family: var(--mono);
    font-size: 0.875em;
}

code {
    padding: 0.12em 0.32em;
    border-radius: 0.3em;
    background: var(--code);
}

pre {
    padding: 0.9rem 1.1rem;
    overflow-x: auto;
    border: 1px solid var(--line);
    border-radius: 0.5rem;
    background: var(--code);
    line-height: 1.5;
    tab-size: 4;
}

pre code {
    padding: 0;
    background: none;
    font-size: inherit;
}

blockquote {
    padding: 0.1rem 0 0.1rem 1.2rem;
    border-left: 3px solid var(--accent);
    color: var(--soft);
}

hr {
    margin: 2.5em 0;
    border: 0;
    border-top: 1px solid var(--line);
}

img {
    max-width: 100%;
    height: auto;
}

.table {
    overflow-x: auto;
}

table {
    min-width: 100%;
    border-collapse: collapse;
    font: 0.92rem/1.5 var(--plain);
}

th,
td {
    padding: 0.5rem 0.8rem;
    border-bottom: 1px solid var(--line);
    text-align: left;
    vertical-align: top;
}

th {
    border-bottom-width: 2px;
    font-weight: 600;
}

.footnote-definition {
    display: flex;
    gap: 0.6em;
    color: var(--soft);
    font-size: 0.92em;
}

.neighbours {
    display: flex;
    flex-wrap: wrap;
    gap: 1rem;
    margin-top: 3.5rem;
    font-family: var(--plain);
}

.neighbours a {
    flex: 1 1 12rem;
    padding: 0.8rem 1.1rem;
    border: 1px solid var(--line);
    border-radius: 0.5rem;
    text-decoration: none;
}

.neighbours a:hover {
    border-color: var(--accent);
}

.neighbours span {
    display: block;
    color: var(--soft);
    font-size: 0.8rem;
}

.neighbours .next {
    text-align: right;
}

/* Less room: first the table of contents goes, then the pages move below the text. */

@media (max-width: 78rem) {
    .columns {
        grid-template-columns: 14rem minmax(0, 46rem);
    }

    .contents {
        display: none;
    }
}

@media (max-width: 50rem) {
    .columns {
        display: flex;
        flex-direction: column;
        gap: 0;
        padding: 0 1.1rem;
    }

    .top {
        display: flex;
        align-items: baseline;
        justify-content: space-between;
        padding-inline: 1.1rem;
    }

    .to-pages {
        display: inline;
    }

    .site {
        position: static;
        order: 1;
        max-height: none;
        padding: 1.2rem 0 2.5rem;
        border-top: 1px solid var(--line);
    }

    h1 {
        font-size: 1.75rem;
    }
}

@media print {
    .top,
    .site,
    .contents,
    .neighbours,
    .anchor,
    .skip {
        display: none;
    }

    .columns {
        display: block;
        padding: 0;
    }

    body {
        background: none;
        color: #000;
        font-size: 11pt;
    }

    pre {
        white-space: pre-wrap;
    }

    pre,
    blockquote,
    tr,
    img {
        break-inside: avoid;
    }

    h1,
    h2,
    h3 {
        break-after: avoid;
    }

    a[href^="http"]::after {
        content: " (" attr(href) ")";
        font-size: 0.85em;
    }
}
`;
