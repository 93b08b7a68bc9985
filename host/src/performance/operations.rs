//! What policy and audit know of `outwit:performance`.

use crate::policy::operations_of;

operations_of! {
    Performance "outwit:performance/clock" {
        NOW = "now" => Ends,
        TIME_ORIGIN = "time-origin" => Ends,
    }
}
