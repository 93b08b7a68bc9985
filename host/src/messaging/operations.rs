//! What policy and audit know of `outwit:messaging`.

use crate::policy::operations_of;

operations_of! {
    Messaging "outwit:messaging/broadcast" {
        OPEN = "open" => Error("not-allowed"),
        CHANNEL_POST = "[method]channel.post" => Error("not-allowed"),
        CHANNEL_RECEIVE = "[method]channel.receive" => Error("not-allowed"),
    }
    Messaging "outwit:messaging/ports" {
        CONNECT = "connect" => Error("not-allowed"),
        ACCEPT = "accept" => Error("not-allowed"),
        PORT_POST = "[method]port.post" => Error("not-allowed"),
        PORT_RECEIVE = "[method]port.receive" => Error("not-allowed"),
    }
}
