//! The tests of the tree, and what their first lines say about them.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What a test takes itself to run in.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// `.any.js`
    Any,
    /// `.window.js`
    Window,
    /// `.worker.js`
    Worker,
}

/// One file, in one variant.
#[derive(Clone)]
pub struct Test {
    /// The path below the root, with slashes.
    pub path: String,
    /// The query that the file is run with, such as `?1-1000`, or nothing.
    pub variant: String,
    /// By its name.
    pub kind: Kind,
}

/// All tests below these folders, sorted.
pub fn find(root: &Path, folders: &[String]) -> Vec<Test> {
    let mut paths = Vec::new();
    if folders.is_empty() {
        walk(root, &mut paths);
    }
    for folder in folders {
        let place = root.join(folder);
        if place.is_dir() {
            walk(&place, &mut paths);
        } else if place.is_file() {
            paths.push(place);
        }
    }
    paths.sort();
    paths.dedup();
    paths.iter().flat_map(|path| tests_of(root, path)).collect()
}

fn walk(folder: &Path, paths: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() {
            // support files, and the tests of the tools
            if !matches!(name.as_str(), "resources" | "tools" | "support" | ".git") {
                walk(&path, paths);
            }
        } else if kind(&name).is_some() {
            paths.push(path);
        }
    }
}

fn kind(name: &str) -> Option<Kind> {
    let is = |end| name.ends_with(end);
    match () {
        () if is(".any.js") => Some(Kind::Any),
        () if is(".window.js") => Some(Kind::Window),
        () if is(".worker.js") => Some(Kind::Worker),
        () => None,
    }
}

fn tests_of(root: &Path, file: &Path) -> Vec<Test> {
    let relative = file.strip_prefix(root).unwrap_or(file);
    let path = relative.to_string_lossy().replace('\\', "/");
    let Some(kind) = kind(&path) else {
        return Vec::new();
    };
    let text = read(file).unwrap_or_default();
    let mut variants: Vec<String> = meta(&text, "variant").map(str::to_owned).collect();
    if variants.is_empty() {
        variants.push(String::new());
    }
    let test = |variant| Test {
        path: path.clone(),
        variant,
        kind,
    };
    variants.into_iter().map(test).collect()
}

/// The values of `// META: key=value` lines.
pub fn meta<'a>(text: &'a str, key: &'a str) -> impl Iterator<Item = &'a str> {
    text.lines()
        .take_while(|line| line.is_empty() || line.starts_with("//") || line.starts_with("'use"))
        .filter_map(|line| line.strip_prefix("// META:"))
        .filter_map(move |line| line.trim().strip_prefix(key)?.strip_prefix('='))
        .map(str::trim)
}

/// A file as text, with the names that the server of the tests would fill in.
pub fn read(path: &Path) -> Option<String> {
    let text = String::from_utf8_lossy(&std::fs::read(path).ok()?).into_owned();
    Some(if is_template(path) { fill(text) } else { text })
}

fn is_template(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|name| name.to_string_lossy().contains(".sub."))
}

fn fill(mut text: String) -> String {
    let values = [
        ("{{host}}", "web-platform.test"),
        ("{{ports[http][0]}}", "8000"),
        ("{{ports[http][1]}}", "8001"),
        ("{{ports[https][0]}}", "8443"),
        ("{{ports[https][1]}}", "8444"),
        ("{{ports[ws][0]}}", "8666"),
        ("{{ports[wss][0]}}", "8667"),
        ("{{ports[h2][0]}}", "9000"),
        ("{{domains[www]}}", "www.web-platform.test"),
        ("{{domains[www1]}}", "www1.web-platform.test"),
        ("{{domains[www2]}}", "www2.web-platform.test"),
        ("{{hosts[alt][]}}", "not-web-platform.test"),
        ("{{hosts[alt][www]}}", "www.not-web-platform.test"),
        ("{{hosts[alt][www2]}}", "www2.not-web-platform.test"),
        ("{{location[server]}}", "http://web-platform.test:8000"),
    ];
    for (name, value) in values {
        text = text.replace(name, value);
    }
    text
}

impl Test {
    /// Its name in results: path and variant.
    pub fn name(&self) -> String {
        format!("{}{}", self.path, self.variant)
    }

    /// Its address on the server of the tests, whose other ports only a server has.
    pub fn url(&self, has_server: bool) -> String {
        let page = self.path.trim_end_matches(".js");
        let says = |flag: &str| {
            self.path.contains(&format!(".{flag}."))
                || self.variant.contains(&format!("wpt_flags={flag}"))
        };
        let origin = match () {
            () if has_server && says("h2") => "https://web-platform.test:9000",
            () if has_server && says("https") => "https://web-platform.test:8443",
            () => "http://web-platform.test:8000",
        };
        format!("{origin}/{page}.html{}", self.variant)
    }

    /// Its kind, as the plugin calls it.
    pub fn kind_name(&self) -> &'static str {
        match self.kind {
            Kind::Any => "any",
            Kind::Window => "window",
            Kind::Worker => "worker",
        }
    }

    /// Whether it says that it takes long.
    pub fn is_long(&self, root: &Path) -> bool {
        let text = read(&root.join(&self.path)).unwrap_or_default();
        meta(&text, "timeout").any(|timeout| timeout == "long")
    }

    /// The scripts to evaluate, in order; the first is the harness.
    pub fn scripts(&self, root: &Path) -> Result<Vec<String>, String> {
        let file = root.join(&self.path);
        let text = read(&file).ok_or("the file cannot be read")?;
        let mut scripts = Vec::new();
        let mut add = |path: &Path| {
            let script = read(path).ok_or_else(|| format!("{} cannot be read", path.display()))?;
            scripts.push(script);
            Ok::<(), String>(())
        };
        add(&root.join("resources/testharness.js"))?;
        for script in meta(&text, "script") {
            add(&self.resolve(root, script))?;
        }
        scripts.push(text);
        Ok(scripts)
    }

    /// Where a path that a test mentions is.
    fn resolve(&self, root: &Path, path: &str) -> PathBuf {
        // the server of the tests has it under this name, too
        let path = match path {
            "/resources/WebIDLParser.js" => "/resources/webidl2/lib/webidl2.js",
            path => path,
        };
        match path.strip_prefix('/') {
            Some(path) => root.join(path),
            None => root.join(&self.path).with_file_name("").join(path),
        }
    }

    /// The files whose paths are in the scripts as string literals, by their paths on the server.
    pub fn files(&self, root: &Path, scripts: &[String]) -> Vec<(String, Vec<u8>)> {
        let mut files = BTreeMap::new();
        let own = scripts.iter().skip(1);
        let literals = own.flat_map(|script| script.split(['"', '\'', '`', '\n']));
        for literal in literals.filter(|literal| (2..200).contains(&literal.len())) {
            if literal.contains(['*', '<', '>', ' ', '(', '\\']) {
                continue;
            }
            let path = literal.split(['?', '#']).next().unwrap_or_default();
            // idlharness.js asks for interfaces by their names alone
            let idl = root.join("interfaces").join(format!("{path}.idl"));
            for path in [self.resolve(root, path), idl] {
                let is_small = path
                    .metadata()
                    .is_ok_and(|metadata| metadata.is_file() && metadata.len() < 8 << 20);
                let (Ok(path), Ok(root)) = (path.canonicalize(), root.canonicalize()) else {
                    continue;
                };
                if let (true, Ok(relative)) = (is_small, path.strip_prefix(&root)) {
                    let content = match is_template(&path) {
                        true => read(&path).unwrap_or_default().into_bytes(),
                        false => std::fs::read(&path).unwrap_or_default(),
                    };
                    // some have a name of their own on the server
                    if literal.starts_with('/') {
                        files.insert(literal.to_owned(), content.clone());
                    }
                    let name = format!("/{}", relative.to_string_lossy().replace('\\', "/"));
                    files.insert(name, content);
                }
            }
        }
        files.into_iter().collect()
    }
}
