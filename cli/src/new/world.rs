//! `outwit new --wit`: a plugin for a world that is there already, somebody's application's.

use super::{Files, Lang, Name, filled, rust};
use anyhow::{Context, Result, anyhow, bail};
use outwit::{Capability, InterfaceName};
use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use wit_component::{DecodedWasm, WitPrinter};
use wit_parser::{PackageId, Resolve, WorldId, WorldItem, WorldKey};

/// The files of a plugin for a world of the WIT at `source`.
pub fn plugin(name: &Name, source: &Path, world: Option<&str>, lang: Lang) -> Result<Files> {
    let mut wit = take(source, name)?;
    let needed = bundled(&wit);
    // cargo knows nothing of Outwit's packages
    if lang == Lang::Rust {
        wit.extend(needed.iter().cloned());
    }
    let scratch = tempfile::tempdir().context("cannot make a temporary folder")?;
    write(scratch.path(), &wit)?;
    let whole = tempfile::tempdir().context("cannot make a temporary folder")?;
    write(whole.path(), &wit)?;
    if lang != Lang::Rust {
        write(whole.path(), &needed)?;
    }
    let chosen = Chosen::read(whole.path(), world, lang)
        .map_err(|error| anyhow!(error.replace(&whole.path().display().to_string(), "wit")))?;
    let imports = chosen.imports();
    let app = companion(name, &imports.of_application);
    if let Some((text, _)) = &app {
        let path = "app.wit".to_owned();
        if wit.iter().any(|(other, _)| *other == path) {
            bail!("the WIT has a file app.wit, where the stand-in for the application would be");
        }
        write(scratch.path(), &[(path.clone(), text.clone())])?;
        wit.push((path, text.clone()));
    }

    let mut files: Files = vec![
        (".gitignore".into(), template!("common/gitignore").into()),
        (
            "outwit.toml".into(),
            manifest(name, &chosen, lang, &imports, app.as_ref()),
        ),
        ("README.md".into(), readme(name, &chosen, lang, &app)),
    ];
    let wit = wit
        .into_iter()
        .map(|(path, text)| (format!("wit/{path}"), text));
    files.extend(wit);
    if let Some((_, plugin)) = &app {
        let world = Some(format!("example:{name}-app/app"));
        let language = outwit_js::Language::PlainJavaScript;
        let stubs = outwit_js::stubs(scratch.path(), world.as_deref(), language)?;
        let text = format!(
            "// Stands in for the application, while the plugin is tested and tried: it answers what the plugin asks of it.\n\n{}",
            stubs.plugin
        );
        files.push((format!("{plugin}.js"), text));
    }
    let world = chosen.option();
    if lang == Lang::Rust {
        files.extend([
            ("Cargo.toml".into(), cargo(name, world.as_deref())),
            (
                "src/lib.rs".into(),
                rust::library(&chosen.resolve, chosen.world),
            ),
            (
                "tests/plugin.test.js".into(),
                outwit_js::calls(scratch.path(), world.as_deref())?,
            ),
        ]);
        return Ok(files);
    }
    let (language, extension) = match lang {
        Lang::Js => (outwit_js::Language::JavaScript, "js"),
        _ => (outwit_js::Language::TypeScript, "ts"),
    };
    let stubs = outwit_js::stubs(scratch.path(), world.as_deref(), language)?;
    let types = outwit_js::types(scratch.path(), world.as_deref())?;
    files.extend([
        (format!("plugin.{extension}"), stubs.plugin),
        (format!("plugin.test.{extension}"), stubs.test),
        ("outwit.d.ts".into(), types),
    ]);
    let mut editor = super::editor(name, lang);
    for (path, text) in &mut editor {
        if let Some((_, plugin)) = &app {
            *text = text.replace(
                "\"exclude\": [",
                &format!("\"exclude\": [\"{plugin}.js\", "),
            );
        }
        if path.ends_with("launch.json") {
            let call = format!("{}()", chosen.function());
            *text = text.replace(&format!("{name}: greet"), name.as_str());
            *text = text.replace("greet(\\\"you\\\")", &call);
        }
    }
    files.extend(editor);
    Ok(files)
}

/// Texts, by their paths in a folder of WIT.
type Texts = Vec<(String, String)>;

/// Takes WIT from where it is: a file, a folder, or what a component or an encoded package says.
fn take(source: &Path, name: &Name) -> Result<Texts> {
    if source.is_dir() {
        let mut texts = Vec::new();
        below(source, "", &mut texts)?;
        let is_own = |(path, _): &(String, String)| !path.contains('/');
        if !texts.iter().any(is_own) {
            // the folder of a project
            if source.join("wit").is_dir() {
                return take(&source.join("wit"), name);
            }
            bail!("there is no .wit file in {}", source.display());
        }
        texts.sort();
        return Ok(texts);
    }
    if !source.exists() {
        bail!("there is no file or folder {}", source.display());
    }
    let bytes =
        std::fs::read(source).with_context(|| format!("cannot read {}", source.display()))?;
    if bytes.starts_with(b"\0asm") {
        return printed(&bytes, name)
            .with_context(|| format!("cannot take the WIT out of {}", source.display()));
    }
    let file = source.file_name().unwrap_or_default().to_string_lossy();
    match String::from_utf8(bytes) {
        Ok(text) if file.ends_with(".wit") => Ok(vec![(file.into_owned(), text)]),
        _ => bail!(
            "{} is neither a .wit file, nor a folder of them, nor a component",
            source.display()
        ),
    }
}

/// The texts of a folder and of its `deps`.
fn below(folder: &Path, prefix: &str, texts: &mut Texts) -> Result<()> {
    let entries = folder
        .read_dir()
        .with_context(|| format!("cannot read the folder {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let own = format!("{prefix}{name}");
        if path.is_dir() {
            // Of a folder of WIT, only this one is read; below it, one for each package.
            if prefix.is_empty() && name == "deps" || prefix == "deps/" {
                below(&path, &format!("{own}/"), texts)?;
            }
        } else if name.ends_with(".wit") {
            let text = std::fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            texts.push((own, text));
        }
    }
    Ok(())
}

/// What a component imports and exports, as WIT; or the packages of one that is nothing but WIT.
fn printed(bytes: &[u8], name: &Name) -> Result<Texts> {
    let (mut resolve, main) = match wit_component::decode(bytes)? {
        DecodedWasm::WitPackage(resolve, package) => (resolve, package),
        DecodedWasm::Component(mut resolve, world) => {
            // Components do not say what their worlds are called.
            let package = resolve.worlds[world].package.context("it has no package")?;
            let own = &mut resolve.packages[package];
            own.name.namespace = "example".into();
            own.name.name = name.to_string();
            own.worlds = own
                .worlds
                .values()
                .map(|id| ("plugin".into(), *id))
                .collect();
            resolve.worlds[world].name = "plugin".into();
            (resolve, package)
        }
    };
    // The others need not be there twice, in the text of the main one.
    let packages: Vec<PackageId> = resolve.packages.iter().map(|(id, _)| id).collect();
    let mut texts = Vec::new();
    for id in packages {
        let package = &mut resolve.packages[id].name;
        let file = match id == main {
            true => format!("{name}.wit"),
            false => {
                let version = package.version.as_ref();
                let version = version.map(|v| format!("-{v}")).unwrap_or_default();
                format!("deps/{}-{}{version}.wit", package.namespace, package.name)
            }
        };
        let mut printer = WitPrinter::default();
        printer.print(&resolve, id, &[])?;
        texts.push((file, printer.output.to_string()));
    }
    Ok(texts)
}

/// Outwit's packages that the texts mention and do not have.
fn bundled(wit: &Texts) -> Texts {
    let package = |text: &str| -> Option<(String, String)> {
        let line = text
            .lines()
            .find_map(|l| l.trim().strip_prefix("package "))?;
        let (name, version) = line.trim_end_matches(';').trim().split_once('@')?;
        Some((format!("{name}/"), format!("@{version}")))
    };
    let mut texts = wit.clone();
    let mut needed = Texts::new();
    loop {
        let more = outwit_js::wit_packages().find(|(file, text)| {
            let Some((name, version)) = package(text) else {
                return false;
            };
            let is_there = needed.iter().any(|(path, _)| path.ends_with(file))
                || wit.iter().any(|(_, own)| package(own) == package(text));
            let mentions = |text: &str| {
                let mut places = text.split(&name).skip(1);
                places.any(|rest| rest.split([';', '.', ' ', '\n']).next().is_some())
                    && text.contains(&version)
            };
            !is_there && texts.iter().any(|(_, text)| mentions(text))
        });
        let Some((file, text)) = more else {
            return needed;
        };
        texts.push((file.to_owned(), text.to_owned()));
        needed.push((format!("deps/{file}"), text.to_owned()));
    }
}

fn write(folder: &Path, texts: &[(String, String)]) -> Result<()> {
    for (path, text) in texts {
        let path = folder.join(path);
        let parent: PathBuf = path.parent().map(Path::to_owned).unwrap_or_default();
        std::fs::create_dir_all(parent).context("cannot make a temporary folder")?;
        std::fs::write(path, text).context("cannot write a temporary file")?;
    }
    Ok(())
}

/// The world that the plugin is for.
struct Chosen {
    resolve: Resolve,
    package: PackageId,
    world: WorldId,
}

impl Chosen {
    fn read(wit: &Path, world: Option<&str>, lang: Lang) -> Result<Chosen, String> {
        let mut resolve = Resolve {
            // as the builder of each language sees it
            all_features: lang != Lang::Rust,
            ..Resolve::default()
        };
        let pushed = resolve.push_path(wit);
        let (package, _) = pushed.map_err(|error| outwit_js::wit_error(&resolve, &error))?;
        let own = &resolve.packages[package].name;
        // A world of the package by its full name: what is said about short ones helps more.
        let short = world.and_then(|world| {
            let (of, short) = world.split_once('/')?;
            let short = short.split('@').next()?;
            (of == format!("{}:{}", own.namespace, own.name)).then_some(short)
        });
        let world = outwit_js::choose_world(&resolve, package, short.or(world)).map_err(
            |error| match world {
                None => format!("{error} with --world"),
                Some(_) => error,
            },
        )?;
        Ok(Chosen {
            resolve,
            package,
            world,
        })
    }

    fn full_name(&self) -> String {
        let world = &self.resolve.worlds[self.world];
        match world.package {
            Some(package) => self.resolve.packages[package]
                .name
                .interface_id(&world.name),
            None => world.name.clone(),
        }
    }

    /// How to say which world is meant, where that has to be said.
    fn option(&self) -> Option<String> {
        let world = &self.resolve.worlds[self.world];
        if world.package != Some(self.package) {
            return Some(self.full_name());
        }
        let is_only = self.resolve.packages[self.package].worlds.len() == 1;
        (!is_only).then(|| world.name.clone())
    }

    /// A function that the plugin exports, to begin a call with.
    fn function(&self) -> String {
        let world = &self.resolve.worlds[self.world];
        let mut names = world.exports.values().filter_map(|item| match item {
            WorldItem::Function(function) => Some(function.name.clone()),
            WorldItem::Interface { id, .. } => {
                let functions = self.resolve.interfaces[*id].functions.values();
                let mut free = functions.filter(|function| function.kind.resource().is_none());
                free.next().map(|function| function.name.clone())
            }
            WorldItem::Type { .. } => None,
        });
        names.next().unwrap_or_else(|| "run".into())
    }

    fn imports(&self) -> Imports {
        let mut imports = Imports::default();
        for (key, item) in &self.resolve.worlds[self.world].imports {
            let name = self.resolve.name_world_key(key);
            let has_functions = match item {
                WorldItem::Interface { id, .. } => {
                    let interface = &self.resolve.interfaces[*id];
                    !interface.functions.is_empty()
                }
                WorldItem::Function(_) => true,
                WorldItem::Type { .. } => false,
            };
            let parsed: Option<InterfaceName> = match key {
                WorldKey::Interface(_) => name.parse().ok(),
                WorldKey::Name(_) => None,
            };
            match parsed.as_ref().map(|name| (name, Capability::of(name))) {
                Some((_, Some(capability))) => {
                    imports.granted.insert(capability.name());
                }
                Some((name, None)) if matches!(name.namespace(), "wasi" | "outwit") => {
                    imports
                        .unknown
                        .extend(has_functions.then(|| name.to_string()));
                }
                Some((name, None)) => imports.of_application.push(name.to_string()),
                None if has_functions => imports.unknown.push(name),
                None => {}
            }
        }
        imports
    }
}

/// What a world asks for.
#[derive(Default)]
struct Imports {
    /// Capabilities, by their keys in manifests.
    granted: BTreeSet<&'static str>,
    /// Interfaces that the application has.
    of_application: Vec<String>,
    /// What nobody here has.
    unknown: Vec<String>,
}

/// The world of something that has what the application has, and what it is called as a plugin.
fn companion(name: &Name, interfaces: &[String]) -> Option<(String, &'static str)> {
    if interfaces.is_empty() {
        return None;
    }
    let called = match name.as_str() {
        "app" => "application",
        _ => "app",
    };
    let exports: String = interfaces
        .iter()
        .map(|interface| format!("        export {interface};\n"))
        .collect();
    let text = format!(
        "/// The other side of the plugin's world: what stands in for the application, while the plugin is tested and tried.\n\
         package example:{name}-app {{\n    world app {{\n{exports}    }}\n}}\n"
    );
    Some((text, called))
}

fn manifest(
    name: &Name,
    chosen: &Chosen,
    lang: Lang,
    imports: &Imports,
    app: Option<&(String, &str)>,
) -> String {
    let source = match lang {
        Lang::Ts => "plugin.ts",
        Lang::Js => "plugin.js",
        Lang::Rust => ".",
    };
    let build = match chosen.option() {
        Some(world) => {
            format!("{{ source = \"{source}\", world = \"{world}\" }}")
        }
        _ => format!("\"{source}\""),
    };
    let mut text = format!(
        "# An app to try this plugin in: what `outwit call`, `outwit run` and `outwit test` give it.\n\
         [app]\nname = \"{name}\"\n\n\
         [plugins.{name}]\npath = \"build/{name}.wasm\"\nbuild = {build}\n\n\
         # What it may do: its WIT asks, this grants, and nothing else is there.\n\
         [plugins.{name}.grant]\n"
    );
    for capability in Capability::ALL {
        let line = match capability {
            Capability::Fetch => "fetch = [\"https://api.example.com\"]",
            Capability::WebSocket => "websocket = [\"wss://api.example.com\"]",
            Capability::Messaging => "messaging = { send = [], receive = [] }",
            Capability::Filesystem => "filesystem = []",
            other => other.manifest_line(),
        };
        if imports.granted.contains(capability.name()) {
            let _ = writeln!(text, "{line}");
        }
    }
    for name in &imports.unknown {
        let _ = writeln!(
            text,
            "# {name}: nothing here has that, it has to come from the application"
        );
    }
    if let Some((_, plugin)) = app {
        let _ = write!(
            text,
            "\n# Stands in for the application: what the plugin imports from it.\n\
             [plugins.{plugin}]\npath = \"build/{plugin}.wasm\"\n\
             build = {{ source = \"{plugin}.js\", wit = \"wit\", world = \"example:{name}-app/app\" }}\n"
        );
    }
    text
}

fn cargo(name: &Name, world: Option<&str>) -> String {
    let text = filled(template!("rust/package.toml"), &[("name", name.as_str())]);
    match world {
        Some(world) => text.replace(
            "[dependencies]",
            &format!("[package.metadata.component.target]\nworld = \"{world}\"\n\n[dependencies]"),
        ),
        None => text,
    }
}

fn readme(
    name: &Name,
    chosen: &Chosen,
    lang: Lang,
    app: &Option<(String, &'static str)>,
) -> String {
    let mut rows = vec![(
        "wit".to_owned(),
        "what the plugin exports and imports, as its application says",
    )];
    match lang {
        Lang::Rust => rows.extend([
            ("src/lib.rs".into(), "the plugin"),
            (
                "tests/plugin.test.js".into(),
                "tests of the finished component",
            ),
        ]),
        Lang::Ts => rows.extend([
            ("plugin.ts".into(), "the plugin"),
            ("plugin.test.ts".into(), "its tests"),
        ]),
        Lang::Js => rows.extend([
            ("plugin.js".into(), "the plugin"),
            ("plugin.test.js".into(), "its tests"),
        ]),
    }
    rows.push((
        "outwit.toml".into(),
        "an app to try the plugin in, with what is granted to it",
    ));
    if let Some((_, plugin)) = app {
        rows.push((
            format!("{plugin}.js"),
            "stands in for the application: what the plugin asks of it",
        ));
    }
    if lang != Lang::Rust {
        rows.push((
            "outwit.d.ts".into(),
            "the WIT as TypeScript sees it: run `outwit types` after changing the WIT",
        ));
    }
    let rows: String = rows
        .iter()
        .map(|(file, what)| format!("| `{file}` | {what} |\n"))
        .collect();
    let world = chosen.full_name();
    let of = match app {
        Some(_) => format!("{name}:"),
        None => String::new(),
    };
    let function = chosen.function();
    format!(
        "# {name}\n\nA plugin for Outwit, of the world `{world}`. Nothing of it is written yet: each function says so when it is called, and the tests expect that.\n\n\
         | File | What it is |\n|---|---|\n{rows}\n\
         ```sh\noutwit test                                   # build, and run the tests in the sandbox\n\
         outwit build outwit.toml                       # to build/{name}.wasm\n\
         outwit call outwit.toml '{of}{function}()'\n```\n"
    )
}
