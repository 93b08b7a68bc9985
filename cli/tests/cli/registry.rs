//! `outwit publish` and `outwit pull`, with a registry that is one.

use crate::folder::{Folder, fmt, texts, tools};
use oci_client::client::{Client, ClientConfig, ClientProtocol};
use oci_client::secrets::RegistryAuth;
use oci_wasm::{WasmClient, WasmConfig};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// The registry of the distribution project, with an empty storage.
struct Registry {
    child: Child,
    address: String,
    _storage: Folder,
}

impl Registry {
    /// Starts one, if the program is installed.
    fn start(settings: &str) -> Option<Registry> {
        let programs = ["docker-registry", "registry"];
        let found = programs.into_iter().find(|program| {
            let version = Command::new(program).arg("--version").output();
            version.is_ok_and(|output| output.status.success())
        });
        let Some(program) = found else {
            eprintln!(
                "SKIPPED: no docker-registry is installed (`apt-get install docker-registry`)"
            );
            return None;
        };
        let free = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = free.local_addr().expect("an address").to_string();
        drop(free);
        let storage = Folder::new();
        let config = format!(
            "version: 0.1\nlog: {{ level: error }}\nstorage:\n  filesystem:\n    rootdirectory: {}\nhttp:\n  addr: {address}\n{settings}",
            storage.path("data").display()
        );
        // bcrypt of `wordpass`
        storage.write("htpasswd", format!("ann:{HASH}\n"));
        storage.write(
            "config.yml",
            config.replace("FOLDER", storage.path("").to_str().expect("Unicode")),
        );
        let child = Command::new(program)
            .arg("serve")
            .arg(storage.path("config.yml"))
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it starts");
        let mut registry = Registry {
            child,
            address,
            _storage: storage,
        };
        registry.wait();
        Some(registry)
    }

    fn wait(&mut self) {
        for _ in 0..1200 {
            if TcpStream::connect(&self.address).is_ok() {
                return;
            }
            assert!(
                self.child.try_wait().expect("a state").is_none(),
                "it ended"
            );
            std::thread::sleep(Duration::from_millis(50));
        }
        panic!("the registry does not listen");
    }
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

const HASH: &str = "$2b$10$abcdefghijklmnopqrstuu75cbDqYPgriJe9kjYEZcYl3VpmXQ5pC";

/// The digest at the end of what `publish` prints.
fn digest_of(printed: &str) -> &str {
    printed.trim().rsplit_once('@').expect("a digest").1
}

#[test]
fn a_component_travels_with_its_signature() {
    let Some(registry) = Registry::start("") else {
        return;
    };
    let folder = Folder::new();
    folder.component("fmt.wasm", fmt());
    let place = format!("{}/demo/fmt:1.0.0", registry.address);
    let printed = folder.prints(&["publish", "fmt.wasm", &place]);
    assert!(
        printed.starts_with(&format!("{place}@sha256:")),
        "{printed}"
    );
    let digest = digest_of(&printed);
    // The same component is the same artifact.
    assert_eq!(folder.prints(&["publish", "fmt.wasm", &place]), printed);

    folder.prints(&["pull", &place]);
    assert_eq!(folder.read("fmt.wasm"), fmt());
    let exactly = format!("oci://{}/demo/fmt@{digest}", registry.address);
    let json = folder.prints(&["pull", &exactly, "-o", "by-digest.wasm", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
    assert_eq!(json["pulled"][0]["digest"], digest);
    assert_eq!(json["pulled"][0]["signed"], false);
    assert_eq!(folder.read("by-digest.wasm"), fmt());
    assert!(!folder.path("by-digest.wasm.sig").exists());

    let key = folder.prints(&["key", "new", "ann.key"]);
    folder.prints(&["sign", "fmt.wasm", "--key", "ann.key"]);
    folder.prints(&["publish", "fmt.wasm", &place]);
    let printed = folder.prints(&["pull", &place, "-o", "signed.wasm"]);
    assert!(printed.ends_with(", signed\n"), "{printed}");
    let good = folder.prints(&["verify", "signed.wasm", "--key", key.trim()]);
    assert!(good.starts_with("signed.wasm is good: "), "{good}");
    // A second signature takes the place of the first.
    let other = folder.prints(&["key", "new", "bob.key"]);
    folder.prints(&["sign", "fmt.wasm", "--key", "bob.key"]);
    folder.prints(&["publish", "fmt.wasm", &place]);
    folder.prints(&["pull", &place, "-o", "signed.wasm"]);
    folder.prints(&["verify", "signed.wasm", "--key", other.trim()]);

    // A signature for something else does not go along.
    folder.component("fmt.wasm", tools());
    let error = folder.error(&["publish", "fmt.wasm", &place]);
    assert!(
        error.starts_with("fmt.wasm.sig is for another component"),
        "{error}"
    );

    let gone = format!("{}/demo/nothing:1", registry.address);
    folder.fails(
        &["pull", &gone],
        &format!("cannot pull {gone}\n  caused by: there is no {gone}"),
    );
}

/// The client of `oci-wasm` is the one that wkg and other tools for components have.
#[test]
fn other_tools_pull_what_is_published_and_the_other_way_round() {
    let Some(registry) = Registry::start("") else {
        return;
    };
    let folder = Folder::new();
    folder.component("fmt.wasm", fmt());
    let place = format!("{}/demo/fmt:1.0.0", registry.address);
    folder.prints(&["publish", "fmt.wasm", &place, "--annotation", "a=b"]);
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::try_from(ClientConfig {
        protocol: ClientProtocol::HttpsExcept(vec![registry.address.clone()]),
        ..ClientConfig::default()
    });
    let client = WasmClient::new(client.expect("a client"));
    let theirs = format!("{}/demo/tools:1.0.0", registry.address);
    let work = async {
        let reference = place.parse().expect("a reference");
        let auth = RegistryAuth::Anonymous;
        let pulled = client.pull(&reference, &auth).await.expect("it is pulled");
        assert_eq!(pulled.layers[0].data, fmt());
        let described = client.pull_manifest_and_config(&reference, &auth).await;
        let (manifest, config, _) = described.expect("it is described");
        assert_eq!(manifest.annotations.expect("there are some")["a"], "b");
        assert_eq!(
            (config.os.as_str(), config.architecture.as_str()),
            ("wasip2", "wasm")
        );
        let exports = config.component.expect("it is a component").exports;
        assert!(
            exports.iter().any(|name| name == "demo:g/fmt@0.1.0"),
            "{exports:?}"
        );

        let (config, layer) =
            WasmConfig::from_raw_component(tools().to_vec(), None).expect("a component");
        let reference = theirs.parse().expect("a reference");
        client
            .push(&reference, &auth, layer, config, None)
            .await
            .expect("it is pushed");
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime").block_on(work);
    folder.prints(&["pull", &theirs, "-o", "tools.wasm"]);
    assert_eq!(folder.read("tools.wasm"), tools());
}

#[test]
fn an_app_gets_what_it_has_locked() {
    let Some(registry) = Registry::start("") else {
        return;
    };
    let folder = Folder::new();
    folder.component("fmt.wasm", fmt());
    let place = format!("{}/demo/fmt:1", registry.address);
    folder.prints(&["publish", "fmt.wasm", &place]);
    folder.write(
        "app/outwit.toml",
        format!(
            "[app]\nname = 'x'\n[plugins.fmt]\npath = 'plugins/fmt.wasm'\nfrom = 'oci://{place}'\n"
        ),
    );
    let call = ["call", "app", "greet(\"you\")"];
    let error = folder.error(&call);
    assert!(
        error.ends_with("; `outwit pull` on the app gets it"),
        "{error}"
    );
    folder.prints(&["pull", "app"]);
    assert_eq!(folder.prints(&call), "\"Hello, you!\"\n");
    folder.prints(&["lock", "app"]);
    let printed = folder.prints(&["pull", "app"]);
    assert!(
        printed.ends_with("fmt.wasm is what is locked\n"),
        "{printed}"
    );

    // Somebody moves the tag.
    folder.component("tools.wasm", tools());
    folder.prints(&["publish", "tools.wasm", &place]);
    std::fs::remove_file(folder.path("app/plugins/fmt.wasm")).expect("a file");
    let error = folder.error(&["pull", "app"]);
    assert!(error.contains(" is locked; --update takes it"), "{error}");
    assert!(!folder.path("app/plugins/fmt.wasm").exists());
    folder.prints(&["pull", "app", "--update"]);
    assert_eq!(folder.read("app/plugins/fmt.wasm"), tools());
    assert!(folder.error(&call).contains("is locked"));
}

#[test]
fn a_password_is_used_and_kept() {
    let settings = "auth:\n  htpasswd:\n    realm: here\n    path: FOLDER/htpasswd\n";
    let Some(registry) = Registry::start(settings) else {
        return;
    };
    let folder = Folder::new();
    folder.component("fmt.wasm", fmt());
    let place = format!("{}/demo/fmt:1", registry.address);
    let publish = ["publish", "fmt.wasm", &place];
    let error = folder.error(&publish);
    assert!(error.contains("authentication required"), "{error}");

    // ann:wordpass
    let config = format!(
        "{{\"auths\": {{\"{}\": {{\"auth\": \"YW5uOndvcmRwYXNz\"}}}}}}",
        registry.address
    );
    folder.write("docker/config.json", config);
    let docker = folder.path("docker");
    let docker = [("DOCKER_CONFIG", docker.to_str().expect("Unicode"))];
    let output = folder.outwit_with(&publish, &docker);
    let (stdout, stderr) = texts(&output);
    assert!(output.status.success(), "{stderr}");
    assert!(!format!("{stdout}{stderr}").contains("wordpass"));

    let variables = [
        ("OUTWIT_REGISTRY", registry.address.as_str()),
        ("OUTWIT_REGISTRY_USER", "ann"),
        ("OUTWIT_REGISTRY_PASSWORD", "wordpass"),
    ];
    let pull = ["pull", &place, "-o", "again.wasm"];
    let output = folder.outwit_with(&pull, &variables);
    assert!(output.status.success(), "{}", texts(&output).1);
    // They are for one registry.
    let elsewhere = [
        ("OUTWIT_REGISTRY", "example.com"),
        variables[1],
        variables[2],
    ];
    let output = folder.outwit_with(&pull, &elsewhere);
    assert_eq!(output.status.code(), Some(1));
    // A helper in docker's protocol.
    folder.write(
        "docker/config.json",
        "{\"credsStore\": \"none\", \"credHelpers\": {\"@\": \"of-the-test\"}}"
            .replace('@', &registry.address),
    );
    folder.write(
        "bin/docker-credential-of-the-test",
        "#!/bin/sh\ncat > /dev/null\necho '{\"Username\": \"ann\", \"Secret\": \"wordpass\"}'\n",
    );
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let helper = folder.path("bin/docker-credential-of-the-test");
        std::fs::set_permissions(helper, PermissionsExt::from_mode(0o755)).expect("a file");
        let path = format!("{}:/usr/bin:/bin", folder.path("bin").display());
        let output = folder.outwit_with(&pull, &[docker[0], ("PATH", &path)]);
        assert!(output.status.success(), "{}", texts(&output).1);
    }
}

#[test]
fn what_is_no_component_or_no_place_is_refused() {
    let folder = Folder::with(&[("a.wasm", "text"), ("x.js", "1")]);
    folder.fails(
        &["publish", "a.wasm", "localhost:1/a:1"],
        "a.wasm is not a component",
    );
    let error = folder.error(&["publish", "x.js", "localhost:1/a:1"]);
    assert!(error.starts_with("x.js is a script"), "{error}");
    folder.fails(
        &["publish", "a.wasm", "theme"],
        "`theme` names no registry; that looks like ghcr.io/NAME/PLUGIN:1.0.0",
    );
    folder.write(
        "outwit.toml",
        "[app]\nname = 'x'\n[plugins.a]\npath = 'a.wasm'\n",
    );
    let error = folder.error(&["pull"]);
    assert!(
        error.contains("no plugin of outwit.toml comes from a registry"),
        "{error}"
    );
    folder.write(
        "outwit.toml",
        "[app]\nname = 'x'\n[plugins.a]\npath = 'a.wasm'\nfrom = 'https://x/y'\n",
    );
    folder.fails(
        &["pull", "outwit.toml"],
        "outwit.toml:5:8: `https://x/y` is no place in a registry: that is `oci://REGISTRY/NAME:TAG`",
    );
}
