//! What policy and audit know of `outwit:console`.

use crate::policy::operations_of;

operations_of! {
    Console "outwit:console/log" {
        WRITE = "write" => Nothing,
    }
}
