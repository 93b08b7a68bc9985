//! What policy and audit know of `outwit:fetch`.

use crate::policy::operations_of;

operations_of! {
    Fetch "outwit:fetch/client" {
        SEND = "send" => Error("not-allowed"),
    }
}
