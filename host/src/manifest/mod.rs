//! The manifest of an app, `outwit.toml`.

mod entry;
mod raw;
mod recipe;
mod values;

pub use entry::Entry;
pub use recipe::Recipe;

use outwit_descriptor::nearest;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::app::LinkMode;
use crate::engine::Engine;
use crate::error::{Error, Location, Result};
use crate::interface::InterfaceName;
use crate::lock::Lock;
use crate::plugin::{Plugin, check_name};
use crate::policy::{Rule, Rules};
use crate::signature::{InvalidTime, PublicKey, SignedBy, Subject, Timestamp, Trust, TrustedKey};

/// An app, described in TOML. Keys it does not know are errors, and every error says the line and
/// column it is about.
///
/// ```
/// let text = r#"
/// [app]
/// name = "site"
///
/// ## How plugins that call each other are linked: "trampoline" (the default; each is an instance of
/// ## its own, and a fault stays with the plugin that has it) or "fused" (plugins that are linked
/// ## become one instance, and calls between them are fast).
/// [link]
/// mode = "trampoline"
///
/// ## Whose signatures count. With this table, a plugin that none of the keys has signed is refused, and so
/// ## is this file (its signature is in `outwit.toml.sig`).
/// [trust]
/// keys = [
///     { name = "ann", key = "ed25519:d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a" },
///     { name = "old", key = "ed25519:3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c", expires = "2026-06-01" },
/// ]
///
/// [plugins.site]
/// ## The component, relative to this file.
/// path = "plugins/site.wasm"
/// ## Its signature. This is where it is looked for without this line, too.
/// signature = "plugins/site.wasm.sig"
/// ## How it comes there: built from these sources, or pulled `from = "oci://REGISTRY/NAME:TAG"`. For the command
/// ## `outwit`; an application loads what is at the path.
/// build = { source = "site.ts", wit = "wit", world = "site", minify = true, cut = "shared" }
///
/// ## What it may do. Nothing is granted that is not listed.
/// [plugins.site.grant]
/// console = true          # print messages
/// performance = true      # read a clock
/// crypto = true           # get random bytes
/// timers = true           # wait for time to pass
/// storage = { path = "data/site.redb", quota = "1MiB" }   # or true: in memory, 5MiB
/// cli = { stdin = true, stdout = true, stderr = true, args = true, env = ["LANG", "MODE=fast"] }
/// filesystem = [
///     { host = "docs", guest = "/in", access = "read" },
///     { host = "out", guest = "/out", access = "write" },
/// ]
/// clocks = true           # wasi:clocks
/// random = true           # wasi:random
///
/// ## What it may do with that: `CAPABILITY [FUNCTION [TARGET]]`, `*` is any function. A rule of `deny`
/// ## wins; where there are rules of `allow` for a capability, nothing else is allowed with it.
/// [plugins.site.policy]
/// deny = ["storage clear", "filesystem * /in/private/**"]
/// allow = ["storage * page/*"]
///
/// ## How much it may use. All have defaults.
/// [plugins.site.limits]
/// memory = "64MiB"
/// cpu = "50ms"            # computing time of a call
/// wall = "5s"             # duration of a call
/// table-elements = 10000
/// tables = 8
/// memories = 4
/// instances = 16
/// host-call-bytes = "64MiB"
/// output = "64KiB"
/// host-calls = 10000      # operations of the host in a call
/// rates = { storage = 1000, crypto = 100 }    # operations in a second
/// timers = 1000
/// component = "16MiB"
/// storage-key = 512
/// storage-value = "1MiB"
/// handles = 4096
///
/// ## When its instances start and end. All have defaults.
/// [plugins.site.lifecycle]
/// instances = "one"       # for all calls; or { per-call = 8 } or { pool = 8 }: at most 8 at once
/// wait = "1s"             # how long a call waits for one of a pool
/// restart = "on-fault"    # or "never"
/// backoff = { free = 16, first = "100ms", most = "30s" }   # pauses after more than 16 faults in a row
///
/// ## Which plugin provides what it imports. Only needed where several could.
/// [plugins.site.links]
/// "demo:site/theme" = "theme"
///
/// [plugins.theme]
/// path = "plugins/theme.wasm"
/// "#;
/// let manifest = outwit::Manifest::parse(text, "app/outwit.toml")?;
/// assert_eq!(manifest.name(), "site");
/// assert_eq!(manifest.plugins().count(), 2);
///
/// let error = outwit::Manifest::parse("[app]\nname = \"x\"\ncolour = 1\n", "outwit.toml").unwrap_err();
/// assert!(error.to_string().starts_with("outwit.toml:3:1: unknown field `colour`"));
/// # Ok::<(), outwit::Error>(())
/// ```
///
/// Sizes are numbers of bytes or text like `"64KiB"`, `"64MiB"`, `"1GiB"`; durations are numbers of
/// milliseconds or text like `"50ms"`, `"5s"`, `"2min"`.
#[derive(Debug, Clone)]
pub struct Manifest {
    name: String,
    mode: LinkMode,
    path: PathBuf,
    trust: Option<Trust>,
    signature: Option<SignedBy>,
    lock: Option<Lock>,
    plugins: Vec<Entry>,
    development: bool,
}

impl Manifest {
    /// Reads a manifest, and the [lock file](Lock) beside it if there is one. A manifest that names keys it
    /// trusts has to be signed itself, by one of them, in the file beside it with `.sig` at the end of its name.
    ///
    /// Whoever can write the manifest can write other keys into it. An application that knows the keys of its own
    /// uses [`Manifest::load_signed`].
    ///
    /// # Errors
    ///
    /// [`Error::Read`], [`Error::Manifest`] or [`Error::ManifestSignature`].
    pub fn load(path: impl AsRef<Path>) -> Result<Manifest> {
        let path = path.as_ref();
        let text = read(path)?;
        let mut manifest = Manifest::parse(&text, path)?;
        if let Some(trust) = &manifest.trust {
            manifest.signature = Some(check_signature(trust, &text, path)?);
        }
        manifest.find_lock()
    }

    /// As [`Manifest::load`], for a manifest that one of these keys has to have signed, whatever keys it names
    /// itself. Nothing of it is looked at before that is checked.
    ///
    /// # Errors
    ///
    /// Those of [`Manifest::load`].
    pub fn load_signed(path: impl AsRef<Path>, trust: &Trust) -> Result<Manifest> {
        let path = path.as_ref();
        let text = read(path)?;
        let signature = check_signature(trust, &text, path)?;
        let mut manifest = Manifest::parse(&text, path)?;
        manifest.signature = Some(signature);
        manifest.find_lock()
    }

    fn find_lock(self) -> Result<Manifest> {
        let mut manifest = self;
        let lock = Lock::path_for(&manifest.path);
        // A file that is there and cannot be read is not one that is not there.
        manifest.lock = match Lock::load(&lock) {
            Err(Error::Read { source, .. }) if source.kind() == std::io::ErrorKind::NotFound => {
                None
            }
            lock => Some(lock?),
        };
        Ok(manifest)
    }

    /// Parses a manifest. `path` is where it comes from: it is named in errors, and relative paths
    /// in the manifest start at its folder. It has no lock file, and no signature is looked for: the text is
    /// the caller's.
    ///
    /// # Errors
    ///
    /// [`Error::Manifest`].
    pub fn parse(text: &str, path: impl AsRef<Path>) -> Result<Manifest> {
        let source = Source {
            text,
            path: path.as_ref(),
        };
        let raw: raw::Manifest = toml::from_str(text).map_err(|e| {
            // Without a span the mistake is what is not there.
            let at = e.span().map_or(0, |span| span.start);
            source.error(at, plain(e.message()))
        })?;
        // The same text again, for the places of its keys.
        let raw::Places { plugins: places } = toml::from_str(text).unwrap_or_default();
        let raw::Manifest {
            app,
            link,
            trust,
            plugins,
        } = raw;
        let trust = trust.map(|trust| source.trust(trust)).transpose()?;
        // Once more, for what a lock file compares: the grants as they are written.
        let table: toml::Table = toml::from_str(text).unwrap_or_default();
        let mut entries = Vec::new();
        for (name, plugin) in &plugins {
            check_name(name.as_ref())
                .map_err(|e| source.error(name.span().start, e.to_string()))?;
            let mut links = BTreeMap::new();
            for (interface, provider) in &plugin.links {
                let at = interface.span().start;
                // A function of a world is imported under a plain name.
                if interface.as_ref().contains(':')
                    && let Err(e) = interface.as_ref().parse::<InterfaceName>()
                {
                    return Err(source.error(at, e.to_string()));
                }
                if !plugins.keys().any(|p| p.as_ref() == provider.as_ref()) {
                    let known: Vec<_> = plugins.keys().map(|p| p.as_ref().as_str()).collect();
                    return Err(source.error(
                        provider.span().start,
                        format!(
                            "there is no plugin `{}`; {}",
                            provider.as_ref(),
                            match nearest(provider.as_ref(), &known) {
                                Some(near) => format!("is `{near}` meant?"),
                                None => format!("the app has {}", known.join(", ")),
                            }
                        ),
                    ));
                }
                links.insert(interface.as_ref().clone(), provider.as_ref().clone());
            }
            let mut rules = Rules::default();
            for (texts, add) in [
                (&plugin.policy.deny, Rules::deny as fn(Rules, Rule) -> Rules),
                (&plugin.policy.allow, Rules::allow),
            ] {
                for text in texts {
                    let rule = text.as_ref().parse::<Rule>();
                    let rule = rule.map_err(|e| source.error(text.span().start, e.to_string()))?;
                    rules = add(rules, rule);
                }
            }
            let folder = source.path.parent().unwrap_or(Path::new(""));
            let recipe = plugin.build.as_ref().map(|build| build.resolve(folder));
            let from = plugin.from.as_ref().map(|from| {
                let at = from.span().start;
                let registry = from.as_ref().strip_prefix("oci://").ok_or_else(|| {
                    let message = format!(
                        "`{}` is no place in a registry: that is `oci://REGISTRY/NAME:TAG`",
                        from.as_ref()
                    );
                    source.error(at, message)
                })?;
                if recipe.is_some() {
                    let message = "the component is either built or pulled".to_string();
                    return Err(source.error(at, message));
                }
                Ok(registry.to_string())
            });
            entries.push(Entry {
                name: name.as_ref().clone(),
                path: folder.join(plugin.path.as_ref()),
                written_path: plugin.path.as_ref().clone(),
                signature: match &plugin.signature {
                    Some(path) => folder.join(path),
                    None => beside(&folder.join(plugin.path.as_ref())),
                },
                written_grant: grant_of(&table, name.as_ref()),
                path_at: source.location(plugin.path.span().start),
                grants: plugin.grant.resolve(folder),
                granted_at: places
                    .get(name.as_ref())
                    .iter()
                    .flat_map(|plugin| plugin.grant.keys())
                    .map(|key| (key.as_ref().clone(), source.location(key.span().start)))
                    .collect(),
                limits: plugin.limits.resolve(),
                links,
                lifecycle: plugin.lifecycle.resolve(),
                rules,
                recipe,
                from: from.transpose()?,
            });
        }
        Ok(Manifest {
            name: app.name,
            mode: link.mode.into(),
            path: source.path.to_path_buf(),
            trust,
            signature: None,
            lock: None,
            plugins: entries,
            development: false,
        })
    }

    /// The name of the app.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How its plugins are linked.
    #[must_use]
    pub fn link_mode(&self) -> LinkMode {
        self.mode
    }

    /// Reads a plugin, and checks that a key the manifest trusts has signed it and that it fits the
    /// lock file: for [`App::reload`](crate::App::reload).
    ///
    /// # Errors
    ///
    /// [`Error::UnknownPlugin`], [`Error::Manifest`] for a file that cannot be read,
    /// [`Error::Signature`], [`Error::Lock`], and those of [`Plugin::from_file`].
    pub fn open(&self, engine: &Engine, plugin: &str) -> Result<Plugin> {
        let entry = self.plugins.iter().find(|entry| entry.name == plugin);
        let entry = entry.ok_or_else(|| Error::UnknownPlugin {
            name: plugin.to_string(),
            known: self.plugins.iter().map(|e| e.name.clone()).collect(),
        })?;
        self.open_entry(engine, entry)
    }

    pub(crate) fn open_entry(&self, engine: &Engine, entry: &Entry) -> Result<Plugin> {
        let own = self.development && entry.recipe.is_some();
        let (plugin, _) = entry.open(engine, self.trust().filter(|_| !own))?;
        if let Some(lock) = self.lock.as_ref().filter(|_| !own) {
            lock.check(entry, &plugin)?;
        }
        Ok(plugin)
    }

    /// Where it comes from.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whose signatures count; none if plugins need not be signed.
    #[must_use]
    pub fn trust(&self) -> Option<&Trust> {
        self.trust.as_ref()
    }

    /// The signature that was checked when it was [loaded](Manifest::load); none if it need not be signed.
    #[must_use]
    pub fn signature(&self) -> Option<&SignedBy> {
        self.signature.as_ref()
    }

    /// The lock file its plugins have to fit; none if there is none.
    #[must_use]
    pub fn lock(&self) -> Option<&Lock> {
        self.lock.as_ref()
    }

    /// Sets the lock file, or leaves it away.
    #[must_use]
    pub fn with_lock(mut self, lock: Option<Lock>) -> Manifest {
        self.lock = lock;
        self
    }

    /// For the machine of who writes the plugins: those that are [built from sources](Entry::recipe) need no signature and
    /// no entry in the lock file. The others do, as ever.
    #[must_use]
    pub fn for_development(mut self) -> Manifest {
        self.development = true;
        self
    }

    /// Its plugins, in the order of their names.
    pub fn plugins(&self) -> impl Iterator<Item = &Entry> {
        self.plugins.iter()
    }
}

/// What serde says of a mistake, with what was meant or has to be there.
fn plain(message: &str) -> String {
    let ticked = |text: &str| -> Vec<String> {
        let names = text.split('`').skip(1).step_by(2);
        names.map(str::to_string).collect()
    };
    let unknown = message
        .strip_prefix("unknown field ")
        .or_else(|| message.strip_prefix("unknown variant "));
    if let Some((name, known)) = unknown.and_then(|rest| rest.split_once(", expected ")) {
        let names = ticked(known);
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        if let Some(near) = nearest(name.trim_matches('`'), &names) {
            let known = message
                .rsplit_once(", expected ")
                .map_or(message, |(start, _)| start);
            return format!("{known}; is `{near}` meant?");
        }
    }
    match message {
        "missing field `app`" => {
            format!("{message}: a manifest begins with\n\n[app]\nname = \"NAME\"")
        }
        "missing field `path`" => format!("{message}, which says where the component is"),
        "duplicate key" => "duplicate key: what has this name stands above already".to_string(),
        _ => message.to_string(),
    }
}

/// The text of a manifest.
fn read(path: &Path) -> Result<String> {
    #[allow(clippy::disallowed_methods)] // this is what `Manifest::load` is for
    std::fs::read_to_string(path).map_err(|source| Error::Read {
        path: path.to_path_buf(),
        source: match source.kind() {
            std::io::ErrorKind::InvalidData => {
                std::io::Error::new(std::io::ErrorKind::InvalidData, "it is not UTF-8 text")
            }
            _ => source,
        },
    })
}

/// Checks the signature of the text of a manifest.
fn check_signature(trust: &Trust, text: &str, path: &Path) -> Result<SignedBy> {
    trust
        .check_file(Subject::Manifest, text.as_bytes(), &beside(path), now())
        .map_err(|problem| Error::ManifestSignature {
            path: path.to_path_buf(),
            problem: Box::new(problem),
        })
}

#[allow(clippy::disallowed_methods)] // the calendar by which keys expire
fn now() -> Timestamp {
    Timestamp::of(std::time::SystemTime::now())
}

/// Where the signature of a file is: beside it.
fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".sig");
    name.into()
}

/// The grants of a plugin as they are written, and, as `policy`, the rules that take some of them back.
fn grant_of(manifest: &toml::Table, plugin: &str) -> toml::Table {
    let plugin = manifest
        .get("plugins")
        .and_then(|plugins| plugins.get(plugin));
    let part = |name: &str| plugin.and_then(|plugin| plugin.get(name)?.as_table().cloned());
    let mut grant = part("grant").unwrap_or_default();
    if let Some(policy) = part("policy") {
        grant.insert("policy".to_string(), policy.into());
    }
    grant
}

/// A mistake at a place in a text.
pub(crate) fn mistake(text: &str, path: &Path, offset: usize, message: String) -> Error {
    Source { text, path }.error(offset, message)
}

/// A manifest as text.
struct Source<'a> {
    text: &'a str,
    path: &'a Path,
}

impl Source<'_> {
    fn location(&self, offset: usize) -> Location {
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line_start = before.rfind('\n').map_or(0, |i| i + 1);
        Location {
            path: self.path.to_path_buf(),
            line: before.matches('\n').count() + 1,
            column: before.get(line_start..).unwrap_or_default().chars().count() + 1,
        }
    }

    fn trust(&self, trust: raw::Trust) -> Result<Trust> {
        let mut keys = Trust::nobody();
        for raw::Key {
            name,
            key,
            expires,
            revoked,
        } in trust.keys
        {
            let error = |at: usize, e: &dyn std::error::Error| self.error(at, e.to_string());
            let public = key.as_ref().parse::<PublicKey>();
            let public = public.map_err(|e| error(key.span().start, &e))?;
            let mut trusted = TrustedKey::new(name, public);
            if let Some(expires) = expires {
                let time = expires.as_ref().parse();
                let time = time.map_err(|e: InvalidTime| error(expires.span().start, &e))?;
                trusted = trusted.expires(time);
            }
            if revoked {
                trusted = trusted.revoked();
            }
            keys = keys.and(trusted);
        }
        Ok(keys)
    }

    fn error(&self, offset: usize, message: String) -> Error {
        Error::Manifest {
            at: self.location(offset),
            message,
        }
    }
}
