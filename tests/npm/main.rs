//! Popular npm packages in plugins.
//!
//! The packages are installed by `npm ci` from the lock file here, once; without npm or a network the tests say so and pass.

use outwit::{Grants, Instance, Limits, Plugin};
use outwit_tests::{cache, engine, root};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

mod install;
mod types;

/// A folder with the packages and the plugins, unless they cannot be had.
fn folder() -> Option<&'static Path> {
    static FOLDER: LazyLock<Option<PathBuf>> = LazyLock::new(installed);
    FOLDER.as_deref()
}

fn installed() -> Option<PathBuf> {
    let folder = cache().with_file_name("npm");
    let here = root().join("npm");
    if !install::install(&here, &folder) {
        return None;
    }
    let script = "typecheck.mjs";
    std::fs::copy(here.join(script), folder.join(script)).expect("the folder is writable");
    for plugin in std::fs::read_dir(here.join("plugins")).expect("it is there") {
        let path = plugin.expect("it can be read").path();
        let name = path.file_name().expect("it has a name");
        std::fs::copy(&path, folder.join(name)).expect("the folder is writable");
    }
    Some(folder)
}

/// What the plugin of a package returns, in a world that imports these packages of Outwit.
async fn run(package: &str, imports: &[&str]) -> Option<String> {
    let folder = folder()?;
    let includes: String = imports
        .iter()
        .map(|name| format!("include outwit:{name}/imports@0.1.0;\n"))
        .collect();
    let wit = folder.join(format!("{package}.wit"));
    let text = format!(
        "package test:npm;\nworld plugin {{\n{includes}export run: async func() -> string;\n}}"
    );
    std::fs::write(&wit, text).expect("the folder is writable");
    let component = outwit_js::Build::new(folder.join(format!("{package}.ts")), wit)
        .cache(cache())
        .run()
        .unwrap_or_else(|error| panic!("cannot build {package}: {error}"));
    let plugin = Plugin::from_bytes(&engine(), package, component).expect("the component is good");
    let grants = Grants::none()
        .with_crypto()
        .with_subtle(outwit::subtle::Grant::default());
    // What is tested is what comes out, not how fast.
    let mut limits = Limits::default();
    limits.cpu = Duration::from_secs(20);
    limits.wall = Duration::from_secs(60);
    let mut instance = Instance::builder(&plugin)
        .grants(grants)
        .limits(limits)
        .start()
        .await
        .expect("it starts");
    let (text,) = instance
        .call_typed::<(), (String,)>(None, "run", ())
        .await
        .unwrap_or_else(|error| panic!("{package}: {error}"));
    Some(text)
}

/// A package, what its plugin imports, and what it returns.
macro_rules! packages {
    ($($package:ident [$($import:literal),*] $expected:literal)*) => {$(
        #[tokio::test]
        async fn $package() {
            if let Some(text) = run(stringify!($package), &[$($import),*]).await {
                assert_eq!(text, $expected);
            }
        }
    )*};
}

packages! {
    zod [] "2 id items.0.name items.0.count"
    dayjs [] "2026-03-01 00:30 Sun PT1H30M"
    marked [] "<h1>Tea</h1>\n<ul>\n<li><em>green</em></li>\n<li><a href=\"https://example.com\" title=\"b\">black</a></li>\n</ul>\n<table>\n<thead>\n<tr>\n<th>a</th>\n<th align=\"right\">b</th>\n</tr>\n</thead>\n<tbody><tr>\n<td>1</td>\n<td align=\"right\"><code>2</code></td>\n</tr>\n</tbody></table>\n"
    immer [] "2 1,3,4 true true [{\"op\":\"replace\",\"path\":[\"other\",\"kept\"],\"value\":false}]"
    eta [] "<ul><li>a &amp; b: <b>1</b></li><li>c: 2</li></ul>"
    peggy [] "71 6"
    diff [] "true =the -quick +slow =fox"
    hono [] "200 {\"kind\":\"green\",\"q\":\"1 2\"} hono 201 HELLO 404"
    jose ["crypto", "subtle"] "admin ES256 ERR_JWS_SIGNATURE_VERIFICATION_FAILED"
    papaparse [] "[{\"name\":\"tea, green\",\"price\":2.5},{\"name\":\"coffee\",\"price\":3}] 0 a,b\r\n\"x\"\"y\",1"
}
