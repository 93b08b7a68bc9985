//! The host's side of every interface in `wit/`, generated once.

#![allow(missing_docs, clippy::all, clippy::pedantic)]

wasmtime::component::bindgen!({
    path: [
        "wit/deps/outwit-console.wit",
        "wit/deps/outwit-performance.wit",
        "wit/deps/outwit-crypto.wit",
        "wit/deps/outwit-timers.wit",
        "wit/deps/outwit-storage.wit",
        "wit/deps/outwit-fetch.wit",
        "wit/deps/outwit-websocket.wit",
        "wit/deps/outwit-subtle.wit",
        "wit/deps/outwit-keyvalue.wit",
        "wit/deps/outwit-locks.wit",
        "wit/deps/outwit-messaging.wit",
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
            include outwit:subtle/imports@0.1.0;
            include outwit:keyvalue/imports@0.1.0;
            include outwit:locks/imports@0.1.0;
            include outwit:messaging/imports@0.1.0;
        }
    ",
    world: "outwit:host/host",
    imports: {
        // The policy may take its time, and storage reaches the disk.
        default: async,
        "outwit:fetch/client": async | trappable,
        "outwit:websocket/client": async | trappable,
        "outwit:subtle/keys": async | trappable,
        "outwit:keyvalue/store": async | trappable,
        "outwit:locks/manager": async | trappable,
        "outwit:messaging/broadcast": async | trappable,
        "outwit:messaging/ports": async | trappable,
    },
    with: {
        "outwit:websocket/client.connection": crate::websocket::Connection,
        "outwit:subtle/keys.key": crate::subtle::Key,
        "outwit:keyvalue/store.bucket": crate::keyvalue::Bucket,
        "outwit:locks/manager.lock": crate::locks::Lock,
        "outwit:messaging/broadcast.channel": crate::messaging::OpenChannel,
        "outwit:messaging/ports.port": crate::messaging::OpenPort,
    },
});
