//! Runs scripts in plugins.

use outwit::{Grants, Instance, Limits, Plugin};
use outwit_tests::{engine, js_text};
use std::time::Duration;

/// Runs the body of an asynchronous function in an instance of a plugin whose world imports the packages named, such as
/// `"timers"`, all granted. What the body returns is turned into a string.
pub async fn run(imports: &[&str], body: &str) -> String {
    try_run(imports, body)
        .await
        .unwrap_or_else(|error| panic!("{error}"))
}

/// The same, with the error.
pub async fn try_run(imports: &[&str], body: &str) -> outwit::Result<String> {
    let source = format!("export async function run() {{\n{body}\n}}");
    let includes: String = imports
        .iter()
        .map(|name| format!("include outwit:{name}/imports@0.1.0;\n"))
        .collect();
    let wit = format!(
        "package test:web;\nworld web {{\n{includes}export run: async func() -> string;\n}}"
    );
    let component =
        js_text(&source, &wit).unwrap_or_else(|error| panic!("cannot build:\n{body}\n{error}"));
    let plugin = Plugin::from_bytes(&engine(), "web", component)?;
    let grants = Grants::none()
        .with_console()
        .with_crypto()
        .with_performance()
        .with_subtle(outwit::subtle::Grant::default())
        .with_keyvalue(outwit::keyvalue::Grant::default())
        .with_locks(outwit::locks::Grant::default())
        .with_messaging(
            outwit::messaging::Grant::default()
                .send("*")
                .receive("*")
                .connect("*")
                .accept("*"),
        )
        .with_timers();
    // What is tested is what comes out, not how fast.
    let mut limits = Limits::default();
    limits.cpu = Duration::from_secs(20);
    limits.wall = Duration::from_secs(60);
    let mut instance = Instance::builder(&plugin)
        .grants(grants)
        .limits(limits)
        .start()
        .await?;
    let (shown,) = instance
        .call_typed::<(), (String,)>(None, "run", ())
        .await?;
    Ok(shown)
}
