//! Every way in which loading, linking or calling a plugin can go wrong.
//!
//! A message says what happened, where, and what to do next. Callers match on variants, never on
//! text.

mod about;
mod again;
mod down;
mod found;
mod limit;
mod mismatch;

use outwit_descriptor::nearest;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use crate::lock::LockProblem;
use crate::signature::SignatureProblem;

pub use down::DownReason;
pub use found::Found;
pub use limit::LimitKind;
pub use mismatch::{Difference, Incompatible, TypeMismatch};

/// The result of most operations of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What went wrong. See the variants.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    // ---- reading plugins ----------------------------------------------------------------------
    /// The bytes are not a component.
    #[error("plugin `{plugin}` is not a WebAssembly component: it is {found}{}", found.hint())]
    NotAComponent {
        /// The name of the plugin.
        plugin: String,
        /// What the bytes are instead.
        found: Found,
    },
    /// The bytes start as a component but are not a valid one, or use a WebAssembly feature that
    /// the engine leaves out.
    #[error("plugin `{plugin}` is not a valid component: {message}")]
    InvalidComponent {
        /// The name of the plugin.
        plugin: String,
        /// What the validator or the compiler said.
        message: String,
    },
    /// The manifest trusts keys, and none of them has signed the plugin so that it counts.
    #[error("plugin `{plugin}` is refused: {}: {problem}", path.display())]
    Signature {
        /// The plugin.
        plugin: String,
        /// The component.
        path: PathBuf,
        /// Why no signature counts.
        problem: Box<SignatureProblem>,
    },
    /// The manifest trusts keys, or its caller does, and none of them has signed the manifest so that it counts.
    #[error("the manifest {} is refused: {problem}", path.display())]
    ManifestSignature {
        /// The manifest.
        path: PathBuf,
        /// Why no signature counts.
        problem: Box<SignatureProblem>,
    },
    /// The app does not fit its lock file.
    #[error(
        "plugin `{plugin}` does not fit {}: {problem}; if that is meant to be, run `outwit lock`",
        lock.display()
    )]
    Lock {
        /// The plugin.
        plugin: String,
        /// The lock file.
        lock: PathBuf,
        /// What does not fit.
        problem: Box<LockProblem>,
    },
    /// The component was not compiled, and it was not the component's fault: the child process that
    /// [compiles](crate::Compiler) does not start or gives no answer.
    #[error("plugin `{plugin}` could not be compiled: {message}")]
    Compile {
        /// The name of the plugin.
        plugin: String,
        /// What went wrong.
        message: String,
    },
    /// The plugin comes without a JavaScript engine, and was built for another than this host's.
    #[error(
        "plugin `{plugin}` was built for the JavaScript engine {built_for}, this host has {offered}; build it again, or without `--cut shared`"
    )]
    JsEngine {
        /// The name of the plugin.
        plugin: String,
        /// The engine it was built for: a version and a digest.
        built_for: String,
        /// The engine of this host.
        offered: String,
    },
    /// A file could not be read.
    #[error("cannot read {}: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        source: std::io::Error,
    },
    /// The engine could not be set up.
    #[error("cannot set up the WebAssembly engine: {message}")]
    Engine {
        /// What went wrong.
        message: String,
    },

    // ---- the manifest -------------------------------------------------------------------------
    /// The manifest has a mistake.
    #[error("{at}: {message}")]
    Manifest {
        /// Where in the manifest.
        at: Location,
        /// What the mistake is and how to mend it.
        message: String,
    },
    /// The name of a plugin has characters it may not have.
    #[error(
        "`{name}` cannot be the name of a plugin: a name has 1 to 64 letters, digits, `-` or `_` of ASCII and starts with a letter"
    )]
    InvalidName {
        /// The name.
        name: String,
    },
    /// The app has two plugins of one name.
    #[error("the app has two plugins named `{name}`")]
    DuplicatePlugin {
        /// The name.
        name: String,
    },

    // ---- grants -------------------------------------------------------------------------------
    /// The plugin imports interfaces that nobody granted to it.
    #[error("{0}")]
    MissingGrant(#[from] Box<MissingGrant>),
    /// The plugin imports an interface that this host does not have, or not for plugins.
    #[error("plugin `{plugin}` imports `{interface}`, which is not offered by this host: {reason}")]
    NotOffered {
        /// The plugin.
        plugin: String,
        /// The interface it imports.
        interface: String,
        /// Why, and what is offered instead.
        reason: String,
    },
    /// A grant cannot be put into effect, for example because a folder does not exist.
    #[error("the grant `{capability}` of plugin `{plugin}` cannot be put into effect: {message}")]
    Grant {
        /// The plugin.
        plugin: String,
        /// The name of the capability, as in the manifest.
        capability: &'static str,
        /// What went wrong.
        message: String,
    },

    // ---- links --------------------------------------------------------------------------------
    /// The plugin imports something no plugin of the app exports.
    #[error(
        "plugin `{plugin}` imports `{interface}`, which no plugin of the app exports{}",
        meant(interface, exports, ". The plugins export: ")
    )]
    MissingProvider {
        /// The plugin.
        plugin: String,
        /// What it imports.
        interface: String,
        /// What the plugins of the app export, each as `plugin: interface`.
        exports: Vec<String>,
    },
    /// An interface of the application that cannot be given to plugins; see [`AppBuilder::provide`](crate::AppBuilder::provide).
    #[error("the application cannot provide `{interface}`: {message}")]
    Interface {
        /// Its name.
        interface: String,
        /// Why.
        message: String,
    },
    /// The plugin imports an interface of the application that is another one there: functions are missing or have
    /// other types.
    #[error(
        "plugin `{plugin}` imports `{interface}`, which the application provides otherwise: {message}"
    )]
    Provided {
        /// The plugin.
        plugin: String,
        /// What it imports.
        interface: String,
        /// What is different.
        message: String,
    },
    /// The plugin imports something several plugins export.
    #[error(
        "plugin `{plugin}` imports `{interface}`, which is exported by {}; choose one, for example:\n\n[plugins.{plugin}.links]\n\"{interface}\" = \"{}\"",
        candidates.join(", "), candidates.first().map_or("", String::as_str)
    )]
    AmbiguousProvider {
        /// The plugin.
        plugin: String,
        /// What it imports.
        interface: String,
        /// The plugins that export it.
        candidates: Vec<String>,
    },
    /// A link names a plugin that does not export what is wanted of it.
    #[error(
        "plugin `{plugin}` is linked to `{provider}` for `{interface}`, which `{provider}` does not export{}",
        list(". It exports: ", exports)
    )]
    NotExported {
        /// The plugin that imports.
        plugin: String,
        /// The plugin it is linked to.
        provider: String,
        /// What it imports.
        interface: String,
        /// What the provider exports.
        exports: Vec<String>,
    },
    /// A link is given for something the plugin does not import.
    #[error(
        "plugin `{plugin}` has a link for `{interface}`, which it does not import{}",
        meant(interface, imports, ". It imports: ")
    )]
    NotImported {
        /// The plugin.
        plugin: String,
        /// The interface the link is for.
        interface: String,
        /// What the plugin imports.
        imports: Vec<String>,
    },
    /// A link tries to put a plugin in the place of the host.
    #[error(
        "plugin `{plugin}` cannot get `{interface}` from plugin `{provider}`: the packages `outwit:*` and `wasi:*` come from the host only"
    )]
    ReservedInterface {
        /// The plugin that imports.
        plugin: String,
        /// The plugin that would provide.
        provider: String,
        /// The interface.
        interface: String,
    },
    /// Caller and provider disagree about a function.
    #[error("{0}")]
    TypeMismatch(#[from] Box<TypeMismatch>),
    /// The link would carry values that cannot leave their instance.
    #[error(
        "plugin `{plugin}` cannot be linked to `{provider}`: `{function}` of `{interface}` has {what}, which cannot leave its instance; with `mode = \"fused\"` under `[link]` the two become one instance"
    )]
    UnsupportedLink {
        /// The plugin that imports.
        plugin: String,
        /// The plugin that exports.
        provider: String,
        /// The interface.
        interface: String,
        /// The function or type.
        function: String,
        /// What it has: `a resource of the host`, `an error-context`, `a module or component`.
        what: &'static str,
    },
    /// The plugin exports an interface that the host has. No plugin can take the host's place.
    #[error(
        "plugin `{plugin}` exports `{interface}`, which is the host's: no plugin takes its place"
    )]
    Shadows {
        /// The plugin.
        plugin: String,
        /// The interface.
        interface: String,
    },
    /// Plugins that call each other form a chain that is too long.
    #[error(
        "a call of plugin `{plugin}` could go through {length} plugins, one calling the next; {allowed} are allowed, see `AppBuilder::max_chain`"
    )]
    ChainTooLong {
        /// The plugin at the start of the chain.
        plugin: String,
        /// How many plugins the chain has.
        length: usize,
        /// How many it may have.
        allowed: usize,
    },
    /// A new version of a plugin does not fit where the running one is, which goes on running.
    #[error("{0}")]
    Incompatible(#[from] Box<Incompatible>),
    /// The plugin is fused with others, which are reloaded together or not at all.
    #[error("plugin `{plugin}` is fused with others and cannot be reloaded by itself")]
    FusedReload {
        /// The plugin.
        plugin: String,
    },
    /// The links of the app form a circle.
    #[error(
        "the links of the app form a circle, so a call could come back to a plugin that waits for it: {}. Move what both need into a plugin of its own",
        path.join(" -> ")
    )]
    Cycle {
        /// The plugins of the circle; the first is repeated at the end.
        path: Vec<String>,
    },
    /// Fusing two plugins would let one use what was granted to the other.
    #[error(
        "plugins `{first}` and `{second}` cannot be fused: both import `{capability}` and {reason}; use `mode = \"trampoline\"` under `[link]`"
    )]
    FusedAuthority {
        /// A plugin of the group.
        first: String,
        /// Another plugin of the group.
        second: String,
        /// The name of the capability, as in the manifest.
        capability: &'static str,
        /// Why that cannot be.
        reason: &'static str,
    },
    /// Several components could not be made into one.
    #[error("cannot compose {}: {message}", plugins.join(", "))]
    Compose {
        /// The components.
        plugins: Vec<String>,
        /// What went wrong.
        message: String,
    },

    // ---- calls --------------------------------------------------------------------------------
    /// The app has no plugin of that name.
    #[error("there is no plugin `{name}`{}", meant(name, known, ". The app has: "))]
    UnknownPlugin {
        /// The name asked for.
        name: String,
        /// The plugins of the app.
        known: Vec<String>,
    },
    /// The plugin does not export that function.
    #[error(
        "plugin `{plugin}` does not export `{function}`{}",
        meant(function, exports, ". It exports: ")
    )]
    UnknownFunction {
        /// The plugin.
        plugin: String,
        /// The function asked for, with its interface if one was given.
        function: String,
        /// The functions it exports.
        exports: Vec<String>,
    },
    /// The plugin exports several functions that fit.
    #[error(
        "`{function}` of plugin `{plugin}` could be any of {}; name the interface and its version",
        candidates.join(", ")
    )]
    AmbiguousFunction {
        /// The plugin.
        plugin: String,
        /// The function asked for, with its interface if one was given.
        function: String,
        /// The functions that fit.
        candidates: Vec<String>,
    },
    /// The values or Rust types of a call do not fit the function. The plugin was not entered.
    #[error("the call does not fit `{function}` of plugin `{plugin}`: {message}")]
    Arguments {
        /// The plugin.
        plugin: String,
        /// The function.
        function: String,
        /// What does not fit.
        message: String,
    },
    /// The plugin used more than it may. Its instance is gone; the next call starts a new one.
    #[error(
        "plugin `{plugin}` went over its {limit} limit: {} of {} allowed",
        limit.show(*used),
        limit.show(*allowed)
    )]
    Limit {
        /// The plugin.
        plugin: String,
        /// Which limit.
        limit: LimitKind,
        /// How much it used or asked for, in the limit's unit.
        used: u64,
        /// How much it may use, in the limit's unit.
        allowed: u64,
    },
    /// An operation of the plugin was denied, and its interface has no error to say so. Its instance
    /// is gone; the next call starts a new one. See [`OnDenial`](crate::policy::OnDenial).
    #[error("plugin `{plugin}` was denied `{operation}`: {reason}")]
    Denied {
        /// The plugin.
        plugin: String,
        /// The function of the host, with its interface.
        operation: String,
        /// Why.
        reason: String,
    },
    /// JavaScript code of the plugin threw an exception nobody caught. Its instance is gone; the
    /// next call starts a new one.
    #[error(
        "plugin `{plugin}` threw an exception in `{function}`: {message}{}{}",
        below(frame),
        indented(stack)
    )]
    Exception {
        /// The plugin.
        plugin: String,
        /// The function that was called.
        function: String,
        /// The exception as text, `TypeError: not a function`.
        message: String,
        /// The lines of the source around the place, with that in front (`main.ts:3:7`) and a mark below it; empty if the
        /// component has no source map, or nothing in the stack is of the plugin.
        frame: Box<str>,
        /// The JavaScript stack, of the source as it was written if the component has a source map; empty if there is none.
        stack: Box<str>,
        /// The WebAssembly frames, youngest first; not part of the message.
        backtrace: Box<str>,
    },
    /// The plugin trapped. Its instance is gone; the next call starts a new one.
    #[error(
        "plugin `{plugin}` trapped in `{function}`: {reason}{}",
        indented(backtrace)
    )]
    Trap {
        /// The plugin.
        plugin: String,
        /// The function that was called.
        function: String,
        /// Why, for example `wasm `unreachable` instruction executed`; of a panic in Rust with `outwit-guest`, what it said.
        reason: String,
        /// The WebAssembly frames, youngest first, one a line (`at hello::greet`, with file and line if the component has
        /// [debug information](crate::EngineBuilder::debug_info)); empty if there are none.
        backtrace: String,
    },
    /// The plugin ended itself with `wasi:cli/exit`. Its instance is gone; the next call starts a
    /// new one.
    #[error("plugin `{plugin}` exited with code {code}")]
    Exit {
        /// The plugin.
        plugin: String,
        /// The exit code.
        code: i32,
    },
    /// A plugin called another, which failed, so the call could not go on. The instance of the caller is gone, and
    /// that of the other, too, if it had one; the next calls start new ones.
    #[error("plugin `{plugin}` called `{function}` of plugin `{provider}`, which failed: {source}")]
    Provider {
        /// The plugin that called.
        plugin: String,
        /// The plugin that was called.
        provider: String,
        /// The function that was called, with its interface.
        function: String,
        /// How the provider failed.
        source: Box<Error>,
    },
    /// The plugin is down: there is no instance that could be called, and none may be started now.
    #[error("plugin `{plugin}` is down: {reason}")]
    Down {
        /// The plugin.
        plugin: String,
        /// Why, and until when.
        reason: DownReason,
    },
    /// All instances of the plugin were in use, for longer than a call waits for one.
    #[error(
        "all {size} instances of plugin `{plugin}` were in use for {waited:?}; raise `instances` or `wait` under `[plugins.{plugin}.lifecycle]`"
    )]
    PoolExhausted {
        /// The plugin.
        plugin: String,
        /// How many there are.
        size: u32,
        /// How long the call waited.
        waited: Duration,
    },
    /// The engine has as many instances as it may, of all plugins together.
    #[error(
        "plugin `{plugin}` cannot be started: the engine has all the instances it may; see `EngineBuilder::max_instances`"
    )]
    EngineFull {
        /// The plugin.
        plugin: String,
    },
    /// A plugin used a handle to a resource that was in another instance of the plugin it belongs to: one
    /// that has ended since, or another one of a pool.
    #[error(
        "a resource of plugin `{plugin}` was used that its instance does not have: the instance that had it has ended, or it is another one"
    )]
    StaleResource {
        /// The plugin the resource belonged to.
        plugin: String,
    },
    /// A plugin waited for a future of another, which ended before it gave the value.
    #[error(
        "plugin `{plugin}` waited for a future of plugin `{provider}`, which ended without giving a value"
    )]
    BrokenFuture {
        /// The plugin that waited.
        plugin: String,
        /// The plugin whose future it was.
        provider: String,
    },
}

/// The imports of a plugin that were not granted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "plugin `{plugin}` imports {}, which {} not granted to it. To grant, add to outwit.toml:\n\n{lines}",
    ticked(interfaces), if interfaces.len() == 1 { "was" } else { "were" }
)]
pub struct MissingGrant {
    /// The plugin.
    pub plugin: String,
    /// The interfaces it imports.
    pub interfaces: Vec<String>,
    /// The names of the capabilities to grant, as in the manifest.
    pub capabilities: Vec<&'static str>,
    /// The lines that would grant them.
    pub lines: String,
}

/// A place in a text file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location {
    /// The file, as it was named.
    pub path: PathBuf,
    /// The line, counted from 1.
    pub line: usize,
    /// The column, in characters, counted from 1.
    pub column: usize,
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.path.display(), self.line, self.column)
    }
}

/// The name that was meant, or all there are, as the end of a sentence.
fn meant(name: &str, known: &[String], before: &str) -> String {
    // Some have the plugin in front: `theme: demo:site/theme`.
    let plain = |item: &'_ str| {
        item.split_once(": ")
            .map_or(0, |(plugin, _)| plugin.len() + 2)
    };
    let names: Vec<&str> = known
        .iter()
        .filter_map(|item| item.get(plain(item)..))
        // A long package does not make interfaces alike, nor does a long interface functions.
        .filter(|item| nearest(last(name), &[last(item)]).is_some())
        .collect();
    match nearest(name, &names) {
        Some(near) => format!("; is `{near}` meant?"),
        None => list(before, known),
    }
}

/// The last part of a name, without its version: `theme` of `demo:site/theme@0.1.0`.
fn last(name: &str) -> &str {
    let name = match name.rsplit_once('@') {
        // A function may stand behind the version.
        Some((_, rest)) if rest.contains(|c: char| c.is_ascii_alphabetic()) => name,
        Some((name, _)) => name,
        None => name,
    };
    name.rsplit(['/', '.']).next().unwrap_or(name)
}

fn list(before: &str, items: &[String]) -> String {
    if items.is_empty() {
        String::new()
    } else {
        format!("{before}{}", items.join(", "))
    }
}

/// The items in ticks; of many the first few.
fn ticked(items: &[String]) -> String {
    let shown = if items.len() > 5 { 3 } else { items.len() };
    let mut text: Vec<_> = items.iter().take(shown).map(|i| format!("`{i}`")).collect();
    if shown < items.len() {
        text.push(format!("{} more", items.len() - shown));
    }
    text.join(", ")
}

fn below(text: &str) -> String {
    if text.is_empty() {
        String::new()
    } else {
        format!("\n{text}")
    }
}

fn indented(text: &str) -> String {
    text.lines().fold(String::new(), |mut out, line| {
        let line = line.trim();
        // Frames stand below the error they belong to; a stack may have that of a cause behind it.
        out.push_str(if line.starts_with("at ") {
            "\n    "
        } else {
            "\n  "
        });
        out.push_str(line);
        out
    })
}
