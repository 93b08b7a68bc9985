//! The `outwit` command; see the library of the same package.

fn main() -> std::process::ExitCode {
    outwit_cli::main()
}
