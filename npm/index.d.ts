/** How the components are built. */
export interface Options {
    /** The command; by default the variable `OUTWIT` of the environment, else `outwit` in the path. */
    command?: string;
    /** The WIT file or folder; by default `wit` beside the module. An import can say its own: `./plugin.ts?wit=../wit&outwit`. */
    wit?: string;
    /** The world, if the WIT has more than one. An import can say its own: `./plugin.ts?world=theme&outwit`. */
    world?: string;
    /** Make JavaScript as small as can be. */
    minify?: boolean;
    /** Leave the engine out, for Outwit's host to supply. */
    shared?: boolean;
    /** `false` leaves the sources out of the component; errors then show what the code was made into. */
    sourceMap?: boolean;
}

/** What Vite, Rolldown and Rollup take as a plugin. */
export interface OutwitPlugin {
    name: 'outwit';
    enforce: 'pre';
    // The types of these are those of whichever of the three is used.
    configResolved(config: any): void;
    resolveId(this: any, id: string, importer?: string): Promise<string | null>;
    load(this: any, id: string): Promise<string | null>;
}

/** The plugin: `import url from './plugin.ts?outwit'` then builds a component and gives its URL. */
export default function outwit(options?: Options): OutwitPlugin;
