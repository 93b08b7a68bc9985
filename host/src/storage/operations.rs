//! What policy and audit know of `outwit:storage`.

use crate::policy::operations_of;

operations_of! {
    Storage "outwit:storage/local-storage" {
        LENGTH = "length" => Error("not-allowed"),
        KEY = "key" => Error("not-allowed"),
        GET_ITEM = "get-item" => Error("not-allowed"),
        SET_ITEM = "set-item" => Error("not-allowed"),
        REMOVE_ITEM = "remove-item" => Error("not-allowed"),
        CLEAR = "clear" => Error("not-allowed"),
    }
}
