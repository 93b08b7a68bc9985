//! Finding, or installing, a C compiler that compiles QuickJS for wasm32.
//!
//! Only compiling is asked of it: the linker is rustc's, and the libc is in the QuickJS crate.

use crate::shell::{command, quiet, root, run, target, which};
use anyhow::{Context, Result, bail};
use std::{
    env, fs,
    path::{Path, PathBuf},
};

/// A C compiler and the archiver that understands its objects.
pub struct CCompiler {
    /// Compiles C for `--target=wasm32-unknown-unknown`.
    pub cc: PathBuf,
    /// `llvm-ar` or one that takes the same arguments.
    pub ar: PathBuf,
}

/// The release of PyPI's `ziglang` that is installed where there is no clang.
const ZIGLANG: &str = "ziglang==0.15.2";
const VERSIONS: std::ops::RangeInclusive<u32> = 16..=24;

/// How to install one by hand.
const FIX: &str = if cfg!(target_os = "macos") {
    "run `brew install llvm`"
} else if cfg!(windows) {
    "run `winget install LLVM.LLVM`"
} else {
    "run `sudo apt-get install clang llvm` (16 or later), or `pip install ziglang`"
};

/// Finds a compiler that works, installing one if there is none.
pub fn find() -> Result<CCompiler> {
    if let Some(sdk) = env::var_os("WASI_SDK_PATH") {
        let bin = Path::new(&sdk).join("bin");
        let llvm_ar = bin.join("llvm-ar");
        let ar = if llvm_ar.is_file() {
            llvm_ar
        } else {
            bin.join("ar")
        };
        let cc = bin.join("clang");
        return works(CCompiler { cc, ar }).with_context(|| {
            "WASI_SDK_PATH is set but its bin/clang cannot compile for wasm32: \
            correct the variable, or unset it"
        });
    }
    if let Some(cc) = env::var_os("CC_wasm32_unknown_unknown") {
        let ar = match env::var_os("AR_wasm32_unknown_unknown") {
            Some(ar) => Some(PathBuf::from(ar)),
            None => archiver(),
        };
        let cc = PathBuf::from(cc);
        return ar
            .context("there is no llvm-ar in PATH")
            .and_then(|ar| works(CCompiler { cc, ar }))
            .with_context(|| {
                "CC_wasm32_unknown_unknown is set but cannot be used: set \
                AR_wasm32_unknown_unknown to a matching llvm-ar, or unset both"
            });
    }
    if let Some(found) = in_path() {
        return Ok(found);
    }
    // The wrappers of an earlier installation.
    let zig = zig_folder();
    let wrappers = || CCompiler {
        cc: zig.join("cc"),
        ar: zig.join("ar"),
    };
    if let Ok(found) = works(wrappers()) {
        return Ok(found);
    }
    if apt_install()
        && let Some(found) = in_path()
    {
        return Ok(found);
    }
    match zig_install(&zig).and_then(|()| works(wrappers())) {
        Ok(found) => Ok(found),
        Err(error) => bail!(
            "a C compiler for wasm32 is missing, which compiles QuickJS: {FIX}, or set \
            WASI_SDK_PATH (PyPI's ziglang was tried last: {error:#})"
        ),
    }
}

/// A working clang in PATH or where Homebrew keeps it.
fn in_path() -> Option<CCompiler> {
    let newest_first = || VERSIONS.rev();
    let suffixes = std::iter::once("-19".to_string())
        .chain(std::iter::once(String::new()))
        .chain(newest_first().map(|version| format!("-{version}")));
    let in_path = suffixes.filter_map(|suffix| {
        let cc = which(&format!("clang{suffix}"))?;
        let ar = which(&format!("llvm-ar{suffix}")).or_else(archiver)?;
        Some(CCompiler { cc, ar })
    });
    let brew = ["/opt/homebrew/opt/llvm/bin", "/usr/local/opt/llvm/bin"]
        .into_iter()
        .map(|folder| CCompiler {
            cc: Path::new(folder).join("clang"),
            ar: Path::new(folder).join("llvm-ar"),
        });
    in_path
        .chain(brew)
        .find_map(|candidate| works(candidate).ok())
}

/// Any llvm-ar in PATH.
fn archiver() -> Option<PathBuf> {
    which("llvm-ar").or_else(|| {
        VERSIONS
            .rev()
            .find_map(|version| which(&format!("llvm-ar-{version}")))
    })
}

/// Passes `compiler` on if it compiles and archives a small file for wasm32.
fn works(compiler: CCompiler) -> Result<CCompiler> {
    let folder = target().join("tools/c-check");
    fs::create_dir_all(&folder)?;
    let (source, object) = (folder.join("check.c"), folder.join("check.o"));
    let archive = folder.join("check.a");
    fs::write(
        &source,
        "#include <stddef.h>\n#include <stdarg.h>\nsize_t twice(size_t n) { return n + n; }\n",
    )?;
    let _ = fs::remove_file(&object);
    let _ = fs::remove_file(&archive);
    let shown = compiler.cc.display();
    quiet(
        command(&compiler.cc)
            .args(["--target=wasm32-unknown-unknown", "-O2", "-c", "-o"])
            .args([&object, &source]),
    )
    .with_context(|| format!("{shown} cannot compile for wasm32"))?;
    if !fs::read(&object).is_ok_and(|bytes| bytes.starts_with(b"\0asm")) {
        bail!("{shown} did not write a wasm object");
    }
    quiet(command(&compiler.ar).arg("cq").args([&archive, &object]))
        .with_context(|| format!("{} cannot archive wasm objects", compiler.ar.display()))?;
    Ok(compiler)
}

/// Tries to install clang on Debian and its relatives, as root or with a sudo that asks nothing.
fn apt_install() -> bool {
    let Some(apt) = which("apt-get") else {
        return false;
    };
    let root_user = quiet(command("id").arg("-u")).is_some_and(|out| out.stdout == b"0\n");
    let apt_get = || {
        let mut command = if root_user {
            command(&apt)
        } else {
            let mut sudo = command("sudo");
            sudo.arg("-n").arg(&apt);
            sudo
        };
        command.env("DEBIAN_FRONTEND", "noninteractive");
        command
    };
    if !root_user && quiet(command("sudo").args(["-n", "true"])).is_none() {
        return false;
    }
    eprintln!("    installing clang with apt-get");
    let install = |packages: &[&str]| {
        quiet(
            apt_get()
                .args(["install", "--yes", "--no-install-recommends"])
                .args(packages),
        )
        .is_some()
    };
    // The package lists of a fresh image are empty.
    install(&["clang-19", "llvm-19"])
        || (quiet(apt_get().arg("update")).is_some()
            && (install(&["clang-19", "llvm-19"]) || install(&["clang", "llvm"])))
}

fn zig_folder() -> PathBuf {
    target().join("tools/zig")
}

/// Installs PyPI's ziglang below `folder`, with wrappers that take clang's and llvm-ar's arguments.
fn zig_install(folder: &Path) -> Result<()> {
    if cfg!(windows) {
        bail!("on Windows, install LLVM or set WASI_SDK_PATH");
    }
    let python = which("python3")
        .or_else(|| which("python"))
        .context("there is no python3")?;
    eprintln!("    installing {ZIGLANG} from PyPI");
    let packages = folder.join("packages");
    fs::create_dir_all(folder)?;
    run(command(python)
        .args(["-m", "pip", "install", "--quiet", "--upgrade"])
        .args(["--disable-pip-version-check", "--root-user-action=ignore"])
        .arg("--target")
        .args([&packages, Path::new(ZIGLANG)]))?;
    let zig = packages.join("ziglang/zig");
    let zig = zig.to_str().context("the path here is not Unicode")?;
    if zig.contains('\'') {
        bail!("the path {zig} has a quote in it");
    }
    // zig has its own names for targets, and takes no target with an unknown system.
    let cc = format!(
        "#!/bin/sh
# Written by `cargo xtask setup`: zig as a C compiler that takes clang's arguments.
for argument do
    shift
    case $argument in
        --target=*) ;;
        *) set -- \"$@\" \"$argument\" ;;
    esac
done
exec '{zig}' cc -target wasm32-freestanding -fno-sanitize=all \"$@\"
"
    );
    let ar = format!(
        "#!/bin/sh
# Written by `cargo xtask setup`: zig as llvm-ar.
exec '{zig}' ar \"$@\"
"
    );
    executable(&folder.join("cc"), &cc)?;
    executable(&folder.join("ar"), &ar)
}

/// Writes a program.
pub fn executable(path: &Path, text: &str) -> Result<()> {
    fs::write(path, text)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(path, fs::Permissions::from_mode(0o755))?;
    }
    Ok(())
}

/// What [`find`] found, for people.
pub fn describe(compiler: &CCompiler) -> String {
    let path = compiler.cc.strip_prefix(root()).unwrap_or(&compiler.cc);
    path.display().to_string()
}
