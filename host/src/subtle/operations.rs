//! What policy and audit know of `outwit:subtle`.

use crate::policy::operations_of;

operations_of! {
    Subtle "outwit:subtle/keys" {
        INFO = "[method]key.info" => NotAsked("it says what the plugin made the key to be"),
        DIGEST = "digest" => Error("not-allowed"),
        GENERATE = "generate" => Error("not-allowed"),
        IMPORT = "import" => Error("not-allowed"),
        EXPORT = "export" => Error("not-allowed"),
        PUBLIC_KEY = "public-key" => Error("not-allowed"),
        ENCRYPT = "encrypt" => Error("not-allowed"),
        DECRYPT = "decrypt" => Error("not-allowed"),
        SIGN = "sign" => Error("not-allowed"),
        VERIFY = "verify" => Error("not-allowed"),
        DERIVE_BITS = "derive-bits" => Error("not-allowed"),
        DERIVE_KEY = "derive-key" => Error("not-allowed"),
        WRAP = "wrap" => Error("not-allowed"),
        UNWRAP = "unwrap" => Error("not-allowed"),
        ENCAPSULATE_KEY = "encapsulate-key" => Error("not-allowed"),
        ENCAPSULATE_BITS = "encapsulate-bits" => Error("not-allowed"),
        DECAPSULATE_KEY = "decapsulate-key" => Error("not-allowed"),
        DECAPSULATE_BITS = "decapsulate-bits" => Error("not-allowed"),
    }
}
