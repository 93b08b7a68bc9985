//! What policy and audit know of `outwit:websocket`.

use crate::policy::operations_of;

operations_of! {
    WebSocket "outwit:websocket/client" {
        CONNECT = "connect" => Error("not-allowed"),
        PROTOCOL = "[method]connection.protocol" => NotAsked("it tells what is known already"),
        SEND = "[method]connection.send" => Error("not-allowed"),
        RECEIVE = "[method]connection.receive" => Error("not-allowed"),
        CLOSE = "[method]connection.close" => NotAsked("a connection can always be closed"),
    }
}
