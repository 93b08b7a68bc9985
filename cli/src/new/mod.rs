//! `outwit new`: a plugin, or an application, to begin with.

/// The text of a template. None is called Cargo.toml: cargo would take its folder for another package, and leave it out of this one.
macro_rules! template {
    ($path:literal) => {
        include_str!(concat!("templates/", $path))
    };
}

mod name;
mod rust;
mod world;

use anyhow::{Context, Result, bail};
use name::Name;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Make a new plugin, or a new application with plugins
///
/// A plugin has a WIT world, its source, a test, a manifest that grants it what it needs, and what an editor needs to complete and to debug. It
/// builds, and its test passes.
///
/// With --wit it is a plugin for the world of somebody's application: it has all that the world wants, and says of each function that it is not
/// written yet. Beside it is a stand-in for the application, for what the plugin imports from it.
#[derive(clap::Args)]
#[command(after_help = "Examples:
  outwit new greeter                 # a plugin in TypeScript
  outwit new greeter --lang rust
  outwit new my-app --app            # an application in Rust, with a plugin
  outwit new discount --wit ../shop/wit --world discount
  outwit new discount --wit shop.wasm
  cd greeter && outwit test")]
pub struct Args {
    /// The folder to make; its last part is the name: words in lower case with - in between
    name: PathBuf,
    /// The language of the plugin
    #[arg(
        long,
        value_name = "LANG",
        default_value = "ts",
        conflicts_with = "app"
    )]
    lang: Lang,
    /// The name of the plugin's world [default: plugin]; with --wit, which of its worlds, if it has more than one
    #[arg(long, conflicts_with = "app")]
    world: Option<String>,
    /// Take the world from WIT that is there: a file, a folder, or a component
    #[arg(long, value_name = "PATH", conflicts_with = "app")]
    wit: Option<PathBuf>,
    /// Make an application in Rust, with a plugin
    #[arg(long)]
    app: bool,
}

/// The language of a plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Lang {
    /// TypeScript
    Ts,
    /// JavaScript, with types checked by the editor
    Js,
    /// Rust
    Rust,
}

pub fn run(args: &Args) -> Result<ExitCode> {
    let name = Name::of_folder(&args.name)?;
    let folder = &args.name;
    let is_taken = folder.is_file()
        || folder
            .read_dir()
            .is_ok_and(|mut entries| entries.next().is_some());
    if is_taken {
        bail!(
            "{} is there already; nothing was changed. Choose another name, or remove it first",
            folder.display()
        );
    }
    let files = if args.app {
        app(&name)?
    } else if let Some(wit) = &args.wit {
        world::plugin(&name, wit, args.world.as_deref(), args.lang)?
    } else {
        let world = match &args.world {
            Some(world) => Name::of_world(world)?,
            None => Name::of_world("plugin")?,
        };
        if world.as_str() == INTERFACE {
            bail!(
                "the interface of the new plugin is called `{INTERFACE}`; choose another name for its world"
            );
        }
        plugin(&name, &world, args.lang)?
    };
    for (path, text) in &files {
        let path = folder.join(path);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)
                .with_context(|| format!("cannot make the folder {}", parent.display()))?;
        }
        crate::files::write(&path, text)?;
    }
    eprintln!("made {} with {} files", folder.display(), files.len());
    let folder = folder.display();
    let next = if args.app {
        "    outwit build outwit.toml\n    cargo run -- you\n"
    } else {
        "    outwit test\n"
    };
    crate::out(&format!("    cd {folder}\n{next}"))
}

/// The interface that a new plugin exports. A world of its package cannot have the same name.
const INTERFACE: &str = "greeter";

/// The files of something new: their paths in its folder, and their texts.
type Files = Vec<(String, String)>;

/// Fills in a template.
fn filled(template: &str, values: &[(&str, &str)]) -> String {
    let mut text = template.to_owned();
    for (key, value) in values {
        text = text.replace(&format!("{{{{{key}}}}}"), value);
    }
    text
}

/// A plugin that greets.
fn plugin(name: &Name, world: &Name, lang: Lang) -> Result<Files> {
    let (includes, grants) = match lang {
        Lang::Ts | Lang::Js => (
            "    include outwit:console/imports@0.1.0;\n    // include outwit:fetch/imports@0.1.0;\n    // include outwit:timers/imports@0.1.0;",
            "console = true                              # include outwit:console/imports@0.1.0",
        ),
        // the WIT of Outwit's packages would have to be copied for cargo
        Lang::Rust => (
            "    // With the text of the package in wit/deps:\n    // include outwit:console/imports@0.1.0;",
            "# console = true                            # include outwit:console/imports@0.1.0",
        ),
    };
    let values = [
        ("name", name.as_str()),
        ("world", world.as_str()),
        ("snake", &*name.as_str().replace('-', "_")),
        ("includes", includes),
        ("grants", grants),
    ];
    let fill = |template: &str| filled(template, &values);
    let mut files: Files = vec![
        (".gitignore".into(), template!("common/gitignore").into()),
        ("outwit.toml".into(), manifest(name, lang, grants)),
        (
            format!("wit/{name}.wit"),
            fill(template!("common/plugin.wit")),
        ),
    ];
    match lang {
        Lang::Ts => files.extend([
            ("plugin.ts".into(), fill(template!("ts/plugin.ts"))),
            (
                "plugin.test.ts".into(),
                fill(template!("ts/plugin.test.ts")),
            ),
        ]),
        Lang::Js => files.extend([
            ("plugin.js".into(), fill(template!("js/plugin.js"))),
            (
                "plugin.test.js".into(),
                fill(template!("js/plugin.test.js")),
            ),
        ]),
        Lang::Rust => files.extend([
            ("Cargo.toml".into(), fill(template!("rust/package.toml"))),
            ("src/lib.rs".into(), fill(template!("rust/lib.rs"))),
            (
                "tests/plugin.test.js".into(),
                fill(template!("rust/plugin.test.js")),
            ),
            ("README.md".into(), fill(template!("rust/README.md"))),
        ]),
    }
    if lang != Lang::Rust {
        files.extend(editor(name, lang));
        files.push(("README.md".into(), readme(name, lang)));
        let wit = files
            .iter()
            .find(|(path, _)| path.starts_with("wit/"))
            .map(|(_, text)| text.clone())
            .unwrap_or_default();
        files.push(("outwit.d.ts".into(), declarations(&wit)?));
    }
    Ok(files)
}

/// The manifest of an app of one plugin.
fn manifest(name: &Name, lang: Lang, grants: &str) -> String {
    let source = match lang {
        Lang::Ts => "plugin.ts",
        Lang::Js => "plugin.js",
        Lang::Rust => ".",
    };
    let values = [
        ("name", name.as_str()),
        ("grants", grants),
        ("source", source),
    ];
    filled(template!("common/outwit.toml"), &values)
}

/// What makes editors complete, check and debug.
fn editor(name: &Name, lang: Lang) -> Files {
    let launch = filled(template!("common/launch.json"), &[("name", name.as_str())]);
    let (path, config) = match lang {
        Lang::Js => ("jsconfig.json", template!("js/jsconfig.json")),
        _ => ("tsconfig.json", template!("ts/tsconfig.json")),
    };
    vec![
        (path.into(), config.into()),
        (".vscode/launch.json".into(), launch),
    ]
}

fn readme(name: &Name, lang: Lang) -> String {
    let (language, main, config) = match lang {
        Lang::Js => ("JavaScript", "plugin.js", "jsconfig.json"),
        _ => ("TypeScript", "plugin.ts", "tsconfig.json"),
    };
    let test = main.replace('.', ".test.");
    filled(
        template!("common/README.js.md"),
        &[
            ("name", name.as_str()),
            ("language", language),
            ("main", main),
            ("test", &test),
            ("config", config),
        ],
    )
}

/// The declarations of a WIT text.
fn declarations(wit: &str) -> Result<String> {
    let folder = std::env::temp_dir().join(format!("outwit-new-{}.wit", std::process::id()));
    std::fs::write(&folder, wit).context("cannot write a temporary file")?;
    let text = outwit_js::types(&folder, None);
    let _ = std::fs::remove_file(&folder);
    Ok(text?)
}

/// An application, and a plugin of it.
fn app(name: &Name) -> Result<Files> {
    let values = [
        ("name", name.as_str()),
        ("version", env!("CARGO_PKG_VERSION")),
    ];
    let fill = |template: &str| filled(template, &values);
    let mut files: Files = vec![
        (".gitignore".into(), template!("common/gitignore").into()),
        ("Cargo.toml".into(), fill(template!("app/package.toml"))),
        ("src/main.rs".into(), template!("app/main.rs").into()),
        ("outwit.toml".into(), fill(template!("app/outwit.toml"))),
        ("README.md".into(), fill(template!("app/README.md"))),
    ];
    let greeter = Name::of_world("greeter")?;
    let of_plugin = plugin(&greeter, &Name::of_world("plugin")?, Lang::Ts)?;
    let below = |path: String| Path::new("plugins/greeter").join(path);
    files.extend(
        of_plugin
            .into_iter()
            .map(|(path, text)| (below(path).to_string_lossy().into_owned(), text)),
    );
    Ok(files)
}
