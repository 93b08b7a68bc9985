//! What tests start as another process: to have it compile, or to end it in the middle of something.

fn main() {
    // As a child that compiles, this does not return.
    let _ = outwit::Compiler::child();
    eprintln!("this program is for tests only");
    std::process::exit(2);
}
