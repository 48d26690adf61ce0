//! Reads messages and says how fast: `cargo run --release -p message --example
//! facts -- FILE…`. With `--shape` it prints the structure of each instead.
#![expect(clippy::print_stdout, reason = "a program for the terminal")]

use std::time::Instant;

use message::{Part, facts};

fn shape(part: &Part) -> String {
    let name = format!("{}/{}", part.type_, part.subtype).to_lowercase();
    let inside: Vec<String> = part.children.iter().map(shape).collect();
    match &part.message {
        Some(embedded) => format!("{name}[{}]", shape(&embedded.structure)),
        None if inside.is_empty() => format!("{name}:{}", part.body.1 - part.body.0),
        None => format!("{name}({})", inside.join(" ")),
    }
}

fn main() -> std::io::Result<()> {
    let mut paths: Vec<String> = std::env::args().skip(1).collect();
    let shapes = paths.first().is_some_and(|first| first == "--shape");
    if shapes {
        paths.remove(0);
    }
    let messages: Vec<Vec<u8>> = paths.iter().map(std::fs::read).collect::<Result<_, _>>()?;
    if shapes {
        for (path, message) in paths.iter().zip(&messages) {
            println!("{path} {}", shape(&facts(message).structure));
        }
        return Ok(());
    }
    let bytes: usize = messages.iter().map(Vec::len).sum();
    let start = Instant::now();
    let parts: usize = messages.iter().map(|message| facts(message).structure.children.len()).sum();
    let seconds = start.elapsed().as_secs_f64();
    let megabytes = bytes as f64 / 1e6;
    println!(
        "{} messages, {megabytes:.1} MB, {parts} parts in multiparts: {seconds:.3} s, {:.0} MB/s",
        messages.len(),
        megabytes / seconds
    );
    Ok(())
}
