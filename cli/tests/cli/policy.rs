//! `outwit policy`.

use crate::folder::{Folder, fmt, tools};

const APP: &str = r#"
[app]
name = "app"

[plugins.tools]
path = "tools.wasm"

[plugins.tools.grant]
console = true
storage = { quota = "1KiB" }
timers = true

[plugins.fmt]
path = "fmt.wasm"
"#;

#[test]
fn a_plugin_is_explained() {
    let folder = Folder::new();
    folder.component("tools.wasm", tools());
    folder.component("fmt.wasm", fmt());
    folder.write("outwit.toml", APP);
    assert_eq!(
        folder.prints(&["policy", "explain", "outwit.toml", "tools"]),
        "tools
  console       allowed      print messages
    imports outwit:console/log@0.1.0
    granted at outwit.toml:9:1
  timers        allowed      wait for time to pass
    imports outwit:timers/scheduler@0.1.0
    granted at outwit.toml:11:1
  storage       not used     keep values between runs
    granted at outwit.toml:10:1
    1024 bytes in memory
    the plugin has no use for it
"
    );
    assert_eq!(
        folder.prints(&["policy", "explain", ".", "fmt"]),
        "fmt\n  asks for nothing, and was granted nothing\n"
    );
    let json = folder.prints(&["policy", "explain", "outwit.toml", "tools", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    assert_eq!(json["plugin"], "tools");
    let console = &json["capabilities"][0];
    assert_eq!(console["capability"], "console");
    assert_eq!(console["effective"], true);
    assert_eq!(console["granted_at"]["line"], 9);
}

#[test]
fn what_is_missing_is_told_and_fails() {
    let folder = Folder::new();
    folder.component("tools.wasm", tools());
    let app = APP
        .replace("timers = true", "")
        .replace("[plugins.fmt]\npath = \"fmt.wasm\"", "");
    folder.write("outwit.toml", &app);
    let output = folder.outwit(&["policy", "explain", "outwit.toml", "tools"]);
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8(output.stdout).expect("text");
    assert!(
        text.contains(
            "  timers        not granted  wait for time to pass
    imports outwit:timers/scheduler@0.1.0
    granted nowhere; to grant it: [plugins.tools.grant] timers = true
"
        ),
        "{text}"
    );
    folder.fails(
        &["policy", "explain", "outwit.toml", "nobody"],
        "there is no plugin `nobody`; the app has tools",
    );
    folder.fails(
        &["policy", "explain", "tools.wasm", "tools"],
        "tools.wasm is not the manifest of an app: that is an outwit.toml, or the folder with one",
    );
}
