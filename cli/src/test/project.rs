//! What a plugin consists of, and where its tests are.

use anyhow::{Context, Result, bail};
use outwit::{Entry, Manifest, Recipe};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The names that the main file of a plugin has where nothing else is said.
const MAINS: [&str; 3] = ["plugin", "index", "main"];
const EXTENSIONS: [&str; 6] = ["ts", "tsx", "mts", "js", "jsx", "mjs"];
/// Folders that hold no tests of the plugin.
const LEFT_OUT: [&str; 3] = ["node_modules", "target", "build"];

/// A plugin, and the app it is tried in.
pub struct Project {
    folder: PathBuf,
    recipe: Recipe,
    wit: PathBuf,
    manifest: Manifest,
    plugin: String,
}

impl Project {
    /// Finds the plugin of a folder, or that of a file of tests.
    pub fn find(path: &Path, plugin: Option<&str>, world: Option<&str>) -> Result<Project> {
        let folder = folder_of(path)?;
        let manifest = folder.join("outwit.toml");
        if !manifest.is_file() {
            bail!(
                "there is no outwit.toml in {}: it says what the plugin is granted; `outwit new` makes one",
                folder.display()
            );
        }
        let manifest = Manifest::load(manifest)?.for_development();
        let entry = choose(&manifest, &folder, plugin)?;
        let name = entry.name().to_owned();
        let mut recipe = match entry.recipe() {
            Some(recipe) => recipe.clone(),
            None => recipe_of(&folder)?,
        };
        if let Some(world) = world {
            recipe.world = Some(world.to_owned());
        }
        Ok(Project {
            wit: recipe
                .wit
                .clone()
                .unwrap_or_else(|| wit_beside(&recipe.source)),
            recipe,
            folder,
            manifest,
            plugin: name,
        })
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    pub fn wit(&self) -> &Path {
        &self.wit
    }

    pub fn world(&self) -> Option<&str> {
        self.recipe.world.as_deref()
    }

    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    pub fn plugin(&self) -> &str {
        &self.plugin
    }

    /// The folder of the crate, if the plugin is one.
    pub fn crate_folder(&self) -> Option<&Path> {
        self.recipe.source.is_dir().then_some(&*self.recipe.source)
    }

    /// Builds the other plugins of the app that the manifest says how to build.
    pub fn build_others(&self) -> Result<()> {
        let others = self.manifest.plugins();
        for entry in others.filter(|entry| entry.name() != self.plugin) {
            if let Some(recipe) = entry.recipe() {
                crate::recipe::make_folder(entry.path());
                let _progress = crate::recipe::progress(std::iter::once(recipe));
                crate::recipe::build(recipe, entry.path(), &outwit_js::Kept::default()).result?;
            }
        }
        Ok(())
    }

    /// Builds the plugin to where the manifest expects it, and the other plugins of the app that the manifest says how to build.
    pub fn build(&self) -> Result<()> {
        self.build_others()?;
        let mut entries = self.manifest.plugins();
        if let Some(entry) = entries.find(|entry| entry.name() == self.plugin) {
            crate::recipe::make_folder(entry.path());
            crate::recipe::build(&self.recipe, entry.path(), &outwit_js::Kept::default()).result?;
        }
        Ok(())
    }

    /// The files of tests: the one that was named, or all there are, in the order of their names.
    pub fn test_files(&self, path: &Path) -> Result<Vec<PathBuf>> {
        if path.is_file() {
            return Ok(vec![path.to_owned()]);
        }
        // Where there are several plugins, each has a folder.
        let folder = match (self.manifest.plugins().count(), self.crate_folder()) {
            (0 | 1, _) => &*self.folder,
            (_, Some(folder)) => folder,
            (_, None) => self.recipe.source.parent().unwrap_or(&self.folder),
        };
        let mut files = Vec::new();
        tests_below(folder, &mut files)?;
        files.sort();
        Ok(files)
    }
}

/// The folder with the manifest that a file of tests belongs to, or the folder itself.
pub fn folder_of(path: &Path) -> Result<PathBuf> {
    if path.is_dir() {
        return Ok(path.to_owned());
    }
    if !path.exists() {
        bail!("there is no file or folder {}", path.display());
    }
    if !is_test(path) {
        bail!(
            "{} is no file of tests: they are named like plugin.test.ts or plugin.test.js",
            path.display()
        );
    }
    let absolute = std::path::absolute(path)?;
    let found = absolute
        .ancestors()
        .skip(1)
        .find(|folder| folder.join("outwit.toml").is_file());
    let Some(found) = found else {
        bail!(
            "there is no outwit.toml beside {} or above: it says what the plugin is granted",
            path.display()
        );
    };
    Ok(found.to_owned())
}

fn choose<'a>(manifest: &'a Manifest, folder: &Path, plugin: Option<&str>) -> Result<&'a Entry> {
    let entries: Vec<&Entry> = manifest.plugins().collect();
    let names = || {
        let names: Vec<&str> = entries.iter().map(|entry| entry.name()).collect();
        names.join(", ")
    };
    match (plugin, entries.as_slice()) {
        (Some(plugin), entries) => entries
            .iter()
            .find(|entry| entry.name() == plugin)
            .copied()
            .with_context(|| format!("there is no plugin `{plugin}`; the app has {}", names())),
        (None, [entry]) => Ok(entry),
        (None, []) => bail!(
            "{}: the app has no plugins",
            folder.join("outwit.toml").display()
        ),
        // The others are what it needs.
        (None, entries) if entries.iter().any(|entry| entry.name() == manifest.name()) => entries
            .iter()
            .find(|entry| entry.name() == manifest.name())
            .copied()
            .context("it was there"),
        (None, _) => bail!(
            "the app has several plugins; choose one with --plugin: {}",
            names()
        ),
    }
}

/// How a plugin is built whose manifest does not say so.
fn recipe_of(folder: &Path) -> Result<Recipe> {
    if folder.join("Cargo.toml").is_file() {
        return Ok(Recipe::new(folder));
    }
    let mut candidates = MAINS.iter().flat_map(|main| {
        EXTENSIONS
            .iter()
            .map(move |extension| folder.join(format!("{main}.{extension}")))
    });
    let source = candidates.find(|path| path.is_file()).with_context(|| {
        format!(
            "there is no plugin in {}: say what to build with `build` in its outwit.toml",
            folder.display()
        )
    })?;
    Ok(Recipe::new(source))
}

fn wit_beside(source: &Path) -> PathBuf {
    if source.is_dir() {
        return source.join("wit");
    }
    source.parent().unwrap_or(Path::new("")).join("wit")
}

/// Whether a file is named as tests are.
pub fn is_test(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    let mut parts = name.unwrap_or_default().rsplit('.');
    parts.next().is_some_and(|last| EXTENSIONS.contains(&last))
        && parts
            .next()
            .is_some_and(|part| matches!(part, "test" | "spec"))
        && parts.next().is_some_and(|stem| !stem.is_empty())
}

/// The files of a plugin: what its tests may depend on. What tests write themselves is not among them.
pub fn sources(folder: &Path, found: &mut BTreeSet<PathBuf>) {
    for entry in folder.read_dir().into_iter().flatten().flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() {
            let is_left_out = LEFT_OUT.contains(&&*name) || name == "__snapshots__";
            if !name.starts_with('.') && !is_left_out && !path.is_symlink() {
                sources(&path, found);
            }
        } else {
            found.insert(crate::watch::real(&path));
        }
    }
}

fn tests_below(folder: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let entries = folder
        .read_dir()
        .with_context(|| format!("cannot read the folder {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_symlink() && path.is_dir() {
            continue;
        }
        if path.is_dir() {
            if !name.starts_with('.') && !LEFT_OUT.contains(&&*name) {
                tests_below(&path, found)?;
            }
        } else if is_test(&path) {
            found.push(path.clone());
        }
    }
    Ok(())
}

/// Runs the tests of a crate; says whether they passed.
pub fn cargo_test(folder: &Path, filter: Option<&str>, is_quiet: bool) -> Result<bool> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.arg("test").current_dir(folder);
    if is_quiet {
        // what is for programs is one document
        command.stdout(Stdio::null());
    }
    command.args(filter);
    let status = command
        .status()
        .context("cannot run cargo: it comes with Rust, from https://rustup.rs")?;
    Ok(status.success())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_known_by_their_names() {
        for name in ["plugin.test.ts", "a/b.spec.mjs", "x.y.test.tsx"] {
            assert!(is_test(Path::new(name)), "{name}");
        }
        for name in ["plugin.ts", "test.ts", ".test.ts", "plugin.test.rs", "test"] {
            assert!(!is_test(Path::new(name)), "{name}");
        }
    }
}
