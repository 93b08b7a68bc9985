//! The plugins that use `outwit-guest` do what their WIT says, with each grant and without it.

use outwit::{
    App, Error, Grants, Host, Plugin, PluginConfig, Val, console, performance, storage, wasi,
};
use outwit_tests::{engine, rust};
use std::{fs, path::Path, sync::Arc, time::Duration};

fn plugin(name: &str) -> Plugin {
    let bytes = rust(&format!("../guest-rust/plugins/{name}"));
    Plugin::from_bytes(&engine(), name, bytes.as_slice()).expect("it is a component")
}

fn app(name: &str, host: Host, grants: Grants) -> App {
    build(name, host, grants).expect("the app loads")
}

fn build(name: &str, host: Host, grants: Grants) -> outwit::Result<App> {
    App::builder(&engine())
        .host(host)
        .plugin(plugin(name), PluginConfig::new().grants(grants))
        .build()
}

/// Calls a function of the only plugin; arguments are strings and `u32`s, the result is WAVE.
async fn call(app: &App, function: &str, args: &[Val]) -> String {
    let plugin = app.plugins().next().expect("there is a plugin");
    let plugin = plugin.name();
    let results = app.call(plugin, None, function, args).await;
    let results = results.unwrap_or_else(|error| panic!("{function}: {error}"));
    results.first().map_or_else(String::new, |value| {
        value.to_wave().expect("every value has a text")
    })
}

fn text(text: &str) -> Val {
    Val::String(text.into())
}

/// The capabilities that an app says are missing.
fn missing(name: &str) -> Vec<String> {
    match build(name, Host::system(), Grants::none()) {
        Err(Error::MissingGrant(missing)) => missing
            .capabilities
            .iter()
            .map(ToString::to_string)
            .collect(),
        other => panic!("{other:?}"),
    }
}

fn notes_grants(storage: storage::Grant) -> Grants {
    Grants::none()
        .with_console()
        .with_crypto()
        .with_performance()
        .with_storage(storage)
}

#[tokio::test]
async fn notes_are_kept_found_and_forgotten() {
    let said = Arc::new(console::Capture::default());
    let clock = Arc::new(performance::FixedClock::at(Duration::from_millis(5000)));
    let host = Host::system()
        .with_console(said.clone())
        .with_clock(clock.clone());
    let app = app("notes", host, notes_grants(storage::Grant::default()));
    let first = call(&app, "add", &[text("buy flour")]).await;
    assert!(
        first.contains("text: \"buy flour\", written: 5000"),
        "{first}"
    );
    clock.advance(Duration::from_millis(7));
    let second = call(&app, "add", &[text("bake\nbread")]).await;
    assert!(second.contains("written: 5007"), "{second}");

    let note = |added: &str| added["ok(".len()..added.len() - 1].to_string();
    let all = call(&app, "all", &[]).await;
    assert_eq!(all, format!("ok([{}, {}])", note(&first), note(&second)));

    let id = first.split('"').nth(1).expect("it has an id");
    assert_eq!(id.len(), 36);
    assert_eq!(call(&app, "forget", &[text(id)]).await, "ok");
    let unknown = format!("err(unknown(\"{id}\"))");
    assert_eq!(call(&app, "forget", &[text(id)]).await, unknown);
    assert_eq!(
        call(&app, "all", &[]).await,
        format!("ok([{}])", note(&second))
    );
    let messages: Vec<_> = said.take().into_iter().map(|entry| entry.message).collect();
    assert_eq!(messages.len(), 2);
    assert_eq!(messages[0], format!("kept {id}, 9 bytes"));
}

#[tokio::test]
async fn notes_outlive_the_app_and_stay_within_their_quota() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let grant = storage::Grant::at(folder.path()).with_quota(200);
    let start = || app("notes", Host::system(), notes_grants(grant.clone()));
    let added = call(&start(), "add", &[text("remember")]).await;
    assert!(added.starts_with("ok("), "{added}");
    let later = start();
    let all = call(&later, "all", &[]).await;
    assert!(all.contains("remember"), "{all}");
    let long = "x".repeat(200);
    assert_eq!(call(&later, "add", &[text(&long)]).await, "err(full)");
    assert_eq!(call(&later, "all", &[]).await, all);
}

#[test]
fn notes_need_each_of_their_grants() {
    assert_eq!(
        missing("notes"),
        ["console", "performance", "crypto", "storage"]
    );
}

// Time stands still but for timers: nothing here really waits.
#[tokio::test(start_paused = true)]
async fn patience_waits() {
    let app = app("patience", Host::system(), Grants::none().with_timers());
    let started = tokio::time::Instant::now();
    let milliseconds = Val::U32(300);
    let after = call(&app, "after", &[milliseconds, text("tea")]).await;
    assert_eq!(after, "\"tea\"");
    assert!(started.elapsed() >= Duration::from_millis(300));
    let within = async |limit, work| call(&app, "within", &[Val::U32(limit), Val::U32(work)]).await;
    assert_eq!(within(200, 100).await, "ok(100)");
    assert_eq!(within(100, 200).await, "err(\"the time is up\")");
    assert_eq!(within(0, 0).await, "ok(0)");
}

#[test]
fn patience_needs_timers() {
    assert_eq!(missing("patience"), ["timers"]);
}

fn files(folder: &Path, access: wasi::filesystem::Access) -> App {
    let grant = wasi::filesystem::Grant::default();
    let grant = match access {
        wasi::filesystem::Access::Write => grant.write(folder, "/box"),
        _ => grant.read(folder, "/box"),
    };
    let grants = Grants::none()
        .with_console()
        .with_clocks()
        .with_cli(wasi::cli::Grant::default())
        .with_filesystem(grant);
    app("files", Host::system(), grants)
}

#[tokio::test]
async fn files_are_read_and_written_where_that_was_granted() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("a.txt"), "one").expect("a file");
    let reader = files(folder.path(), wasi::filesystem::Access::Read);
    let names = async |app| call(app, "names", &[text("/box")]).await;
    assert_eq!(names(&reader).await, "ok([\"a.txt\"])");
    assert_eq!(
        call(&reader, "read", &[text("/box/a.txt")]).await,
        "ok(\"one\")"
    );
    let write = async |app| call(app, "write", &[text("/box/b.txt"), text("two")]).await;
    let refused = write(&reader).await;
    assert!(refused.starts_with("err("), "{refused}");
    assert_eq!(names(&reader).await, "ok([\"a.txt\"])");

    let writer = files(folder.path(), wasi::filesystem::Access::Write);
    assert_eq!(write(&writer).await, "ok");
    assert_eq!(names(&writer).await, "ok([\"a.txt\", \"b.txt\"])");
    let written = fs::read_to_string(folder.path().join("b.txt")).expect("a file");
    assert_eq!(written, "two");
}

#[tokio::test]
async fn files_outside_of_the_folder_are_out_of_reach() {
    let outside = tempfile::tempdir().expect("a temporary folder");
    fs::write(outside.path().join("secret.txt"), "secret").expect("a file");
    let folder = outside.path().join("box");
    fs::create_dir(&folder).expect("a folder");
    #[cfg(unix)]
    std::os::unix::fs::symlink("../secret.txt", folder.join("link.txt")).expect("a link");
    let app = files(&folder, wasi::filesystem::Access::Write);
    let absolute = outside.path().join("secret.txt");
    for path in [
        "/box/../secret.txt",
        "/box/link.txt",
        "/secret.txt",
        "secret.txt",
        absolute.to_str().expect("it is Unicode"),
    ] {
        let answer = call(&app, "read", &[text(path)]).await;
        assert!(answer.starts_with("err("), "{path}: {answer}");
        let answer = call(&app, "write", &[text(path), text("changed")]).await;
        assert!(answer.starts_with("err("), "{path}: {answer}");
    }
    let secret = fs::read_to_string(absolute).expect("a file");
    assert_eq!(secret, "secret");
}

#[test]
fn files_need_each_of_their_grants() {
    // of the clocks it uses the types of times only, which nobody has to grant
    assert_eq!(missing("files"), ["console", "cli", "filesystem"]);
}

#[tokio::test]
async fn the_vault_keeps_what_it_seals() {
    let hub = Arc::new(outwit::messaging::Hub::default());
    let folder = tempfile::tempdir().expect("a temporary folder");
    let messages = outwit::messaging::Grant::default()
        .send("vault")
        .accept("vault/*");
    let grants = Grants::none()
        .with_keyvalue(outwit::keyvalue::Grant::at(folder.path()))
        .with_locks(outwit::locks::Grant::default())
        .with_messaging(messages)
        .with_subtle(outwit::subtle::Grant::default());
    let news = hub.channel("vault");
    let load = || {
        app(
            "vault",
            Host::system().with_messaging(hub.clone()),
            grants.clone(),
        )
    };
    let vault = load();
    let (name, password) = (text("diary"), text("correct horse"));
    let args = [name.clone(), password.clone(), text("dear diary")];
    assert_eq!(call(&vault, "seal", &args).await, "ok");
    let heard = news.receive().await.expect("a message");
    assert_eq!(
        (heard.sender.as_deref(), &*heard.data),
        (Some("vault"), &b"diary"[..])
    );
    assert!(call(&vault, "seal", &args).await.contains("already"));
    drop(vault);
    let vault = load();
    let opened = call(&vault, "unseal", &[name.clone(), password]).await;
    assert_eq!(opened, "ok(\"dear diary\")");
    let wrong = call(&vault, "unseal", &[name, text("battery staple")]).await;
    assert!(wrong.contains("Failed"), "{wrong}");
    assert_eq!(call(&vault, "names", &[]).await, "ok([\"diary\"])");
    let question = async {
        let port = hub.connect("vault/questions").await;
        port.post(*b"abc").expect("there is room");
        port.receive().await.expect("an answer")
    };
    let (asker, answer) = tokio::join!(call(&vault, "answer", &[]), question);
    assert_eq!(asker, "ok(\"the application\")");
    assert_eq!(&*answer.data, b"cba");
}

#[tokio::test]
async fn the_vault_needs_its_grants() {
    let needed = ["subtle", "keyvalue", "locks", "messaging"];
    let mut missing = missing("vault");
    missing.sort();
    let mut sorted = needed.map(String::from);
    sorted.sort();
    assert_eq!(missing, sorted);
    // Granted, but not on this channel.
    let grants = Grants::none()
        .with_keyvalue(outwit::keyvalue::Grant::default())
        .with_locks(outwit::locks::Grant::default())
        .with_messaging(
            outwit::messaging::Grant::default()
                .receive("vault")
                .send("other"),
        )
        .with_subtle(outwit::subtle::Grant::default());
    let vault = app("vault", Host::system(), grants);
    let denied = call(&vault, "seal", &[text("a"), text("b"), text("c")]).await;
    assert!(denied.contains("NotAllowed"), "{denied}");
    assert!(call(&vault, "answer", &[]).await.contains("NotAllowed"));
}
