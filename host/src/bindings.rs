//! The host's side of every interface in `wit/`, generated once.

#![allow(missing_docs, clippy::all, clippy::pedantic)]

wasmtime::component::bindgen!({
    path: [
        "../wit/deps/outwit-console.wit",
        "../wit/deps/outwit-performance.wit",
        "../wit/deps/outwit-crypto.wit",
        "../wit/deps/outwit-timers.wit",
        "../wit/deps/outwit-storage.wit",
        "../wit/deps/outwit-fetch.wit",
        "../wit/deps/outwit-websocket.wit",
    ],
    inline: "
        package outwit:host@0.1.0;
        world host {
            include outwit:console/imports@0.1.0;
            include outwit:performance/imports@0.1.0;
            include outwit:crypto/imports@0.1.0;
            include outwit:timers/imports@0.1.0;
            include outwit:storage/imports@0.1.0;
            include outwit:fetch/imports@0.1.0;
            include outwit:websocket/imports@0.1.0;
        }
    ",
    world: "outwit:host/host",
    imports: {
        // The policy may take its time, and storage reaches the disk.
        default: async,
        "outwit:fetch/client": async | trappable,
        "outwit:websocket/client": async | trappable,
    },
    with: {
        "outwit:websocket/client.connection": crate::websocket::Connection,
    },
});
