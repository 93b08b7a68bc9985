//! What policy and audit know of `outwit:timers`.

use crate::policy::operations_of;

operations_of! {
    Timers "outwit:timers/scheduler" {
        NOW = "now" => Ends,
        WAIT_UNTIL = "wait-until" => Ends,
    }
}
