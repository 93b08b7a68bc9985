// mdBook's highlighter does not know WIT.
hljs.registerLanguage('wit', (hljs) => ({
    name: 'WIT',
    keywords: {
        keyword:
            'async borrow constructor enum export flags func future import include interface own package record resource static stream type use variant with world as',
        built_in: 'bool char f32 f64 list option result s16 s32 s64 s8 string tuple u16 u32 u64 u8',
    },
    contains: [
        hljs.C_LINE_COMMENT_MODE,
        hljs.C_BLOCK_COMMENT_MODE,
        // Names with hyphens: `get-item` has no keyword in it. `%` says that a name is one, even if it looks like a keyword.
        { begin: /%?[a-z][a-z0-9]*(-[a-z0-9]+)+/ },
        { begin: /%[a-z][a-z0-9]*/ },
        { className: 'meta', begin: /@[a-z]+/ },
        { className: 'number', begin: /@\d+\.\d+\.\d+/ },
    ],
}));
for (const block of document.querySelectorAll('code.language-wit')) hljs.highlightBlock(block);
