//! Tells the linker what the engine module looks like from outside, and packs the web APIs.

use std::{
    env, fs,
    io::{self, Write as _},
    path::{Path, PathBuf},
};

/// Where the web APIs are: a folder each, with ES modules.
const APIS: &str = "../js";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={APIS}");
    if env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "wasm32") {
        for argument in [
            // the memory belongs to the plugin, the table to the engine
            "--import-memory",
            "--export-table",
            "--export=__stack_pointer",
            // the shadow stack; of this JavaScript may use what `stack.rs` of the runtime says
            "-zstack-size=524288",
            "--stack-first",
        ] {
            println!("cargo::rustc-link-arg-cdylib={argument}");
        }
    }
    pack(&PathBuf::from(env::var_os("OUT_DIR").unwrap_or_default()))
}

/// Writes down all modules, each deflated on its own, since each is used on its own.
fn pack(out: &Path) -> io::Result<()> {
    let mut modules = Vec::new();
    for folder in entries(Path::new(APIS))? {
        let Ok(files) = entries(&folder) else {
            continue;
        };
        for file in files
            .iter()
            .filter(|file| file.extension().is_some_and(|e| e == "js"))
        {
            modules.push((
                name(&folder)?,
                name(file)?,
                strip(&fs::read_to_string(file)?),
            ));
        }
    }
    let mut list = String::from("&[\n");
    for (folder, file, source) in modules {
        let packed = format!("{folder}-{file}.deflate");
        let mut encoder =
            flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(source.as_bytes())?;
        fs::write(out.join(&packed), encoder.finish()?)?;
        list += &format!(
            "    Source {{ name: c\"outwit:{folder}/{file}\", len: {}, packed: include_bytes!({packed:?}) }},\n",
            source.len()
        );
    }
    fs::write(out.join("sources.rs"), list + "]\n")
}

/// Leaves out comments that have lines of their own, and indentation: a fifth of what is packed. Lines keep their numbers.
///
/// What only a tokenizer could tell is left as it is: a module with a template literal over several lines.
fn strip(source: &str) -> String {
    let mut is_comment = false;
    let lines = source.lines().map(|line| {
        let text = line.trim_start();
        let begins = !is_comment && text.starts_with("/*");
        if is_comment || begins {
            is_comment = !text.contains("*/");
            let rest = text.split_once("*/").map_or("", |(_, rest)| rest);
            // code after a comment stays where it is
            return if begins && !rest.is_empty() {
                text
            } else {
                rest
            };
        }
        if text.starts_with("//") { "" } else { text }
    });
    let lines: Vec<&str> = lines.collect();
    let is_whole = |line: &&str| line.matches('`').count().is_multiple_of(2);
    match lines.iter().all(is_whole) {
        true => lines.join("\n") + "\n",
        false => source.to_owned(),
    }
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let paths: io::Result<Vec<PathBuf>> = fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect();
    let mut paths = paths?;
    paths.sort();
    Ok(paths)
}

fn name(path: &Path) -> io::Result<String> {
    let name = path.file_name().and_then(|name| name.to_str());
    name.map(str::to_owned)
        .ok_or_else(|| io::Error::other("a file name is not UTF-8"))
}
