//! Waits: timers in a plugin whose functions are asynchronous.

#[allow(missing_docs)]
mod bindings {
    outwit_guest::wit_bindgen::generate!({
        path: "wit",
        generate_all,
        runtime_path: "outwit_guest::wit_bindgen::rt",
    });
}

use bindings::exports::demo::patience::waiting::Guest;
use outwit_guest::timers;
use std::time::Duration;

struct Patience;

impl Guest for Patience {
    async fn after(milliseconds: u32, text: String) -> String {
        timers::sleep(Duration::from_millis(milliseconds.into())).await;
        text
    }

    async fn within(limit: u32, work: u32) -> Result<u32, String> {
        let limit = Duration::from_millis(limit.into());
        let work_time = Duration::from_millis(work.into());
        timers::timeout(limit, timers::sleep(work_time))
            .await
            .map(|()| work)
            .map_err(|elapsed| elapsed.to_string())
    }
}

bindings::export!(Patience with_types_in bindings);
