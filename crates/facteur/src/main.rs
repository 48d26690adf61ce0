//! One binary that is a whole mail service.

fn main() -> std::process::ExitCode {
    facteur::main()
}
