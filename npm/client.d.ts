// What TypeScript has to know of imports that become components: `/// <reference types="outwit/client" />`, or "types" in tsconfig.json.

declare module '*?outwit' {
    /** The URL of the component. */
    const url: string;
    export default url;
}

declare module '*&outwit' {
    /** The URL of the component. */
    const url: string;
    export default url;
}
