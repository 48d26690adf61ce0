//! The command line: what there is, and in which language it explains itself.
//!
//! The sentences of `--help` are in the locale, one per command and argument
//! (`cli-help-account-add`, `cli-arg-quota`); a test knows if one is missing.

use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::command;
use crate::exit::{Exit, Failure};
use crate::output::note;
use crate::say::{Sentence, say};
use crate::settings::Place;

#[derive(Parser)]
#[command(name = "facteur", version, disable_help_subcommand = true, arg_required_else_help = true)]
struct Cli {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    command: Command,
}

/// The commands, in the order `--help` shows them.
#[derive(Subcommand)]
enum Command {
    Demo(command::demo::Demo),
    Serve,
    Init(command::init::Init),
    #[command(subcommand)]
    Domain(command::domain::Domain),
    #[command(subcommand)]
    Account(command::account::Account),
    #[command(subcommand)]
    Alias(command::alias::Alias),
    #[command(subcommand)]
    Queue(command::queue::Queue),
    Import(command::import::Import),
    Export(command::export::Export),
    #[command(subcommand)]
    Config(command::config::Config),
}

/// Runs the command line and says how it ended, as sysexits.h has it.
pub fn main() -> ExitCode {
    let cli = localised(Cli::command()).try_get_matches().and_then(|m| Cli::from_arg_matches(&m));
    let cli = match cli {
        Ok(cli) => cli,
        // Help and version, which were asked for, or a bare `facteur`.
        Err(error) if !error.use_stderr() => {
            let _ = error.print();
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            match misused(&error) {
                Some(sentence) => note(format_args!("facteur: {sentence}")),
                None => drop(error.print()),
            }
            return ExitCode::from(Exit::Usage as u8);
        }
    };
    match run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            note(format_args!("facteur: {}", failure.sentence));
            ExitCode::from(failure.exit as u8)
        }
    }
}

/// The usual mistakes in our own words; clap has them only in English.
fn misused(error: &clap::Error) -> Option<Sentence> {
    use clap::error::{ContextKind, ErrorKind};
    let told = |kind| error.get(kind).map(ToString::to_string).unwrap_or_default();
    let sentence = match error.kind() {
        ErrorKind::InvalidSubcommand => {
            Sentence::new("cli-usage-no-command").with("what", told(ContextKind::InvalidSubcommand))
        }
        ErrorKind::UnknownArgument => {
            Sentence::new("cli-usage-unknown").with("what", told(ContextKind::InvalidArg))
        }
        ErrorKind::MissingRequiredArgument => {
            Sentence::new("cli-usage-missing").with("what", told(ContextKind::InvalidArg))
        }
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            let value = told(ContextKind::InvalidValue);
            let id = if value.is_empty() { "cli-usage-no-value" } else { "cli-usage-value" };
            let cause = std::error::Error::source(error).map(ToString::to_string);
            let cause = cause.unwrap_or_else(|| told(ContextKind::ValidValue));
            Sentence::new(id)
                .with("what", told(ContextKind::InvalidArg))
                .with("value", value)
                .with("cause", cause)
        }
        _ => return None,
    };
    Some(sentence.and_then("cli-usage-help"))
}

fn run(cli: Cli) -> Result<(), Failure> {
    let place = cli.place;
    match cli.command {
        Command::Demo(demo) => demo.run(&place),
        Command::Serve => command::serve::run(&place),
        Command::Init(init) => init.run(&place),
        Command::Domain(domain) => domain.run(&place),
        Command::Account(account) => account.run(&place),
        Command::Alias(alias) => alias.run(&place),
        Command::Queue(queue) => queue.run(&place),
        Command::Import(import) => import.run(&place),
        Command::Export(export) => export.run(&place),
        Command::Config(config) => config.run(&place),
    }
}

/// The sentence of the locale for each command and argument.
fn localised(command: clap::Command) -> clap::Command {
    let mut command = with_help(command, "cli-help");
    command.build();
    rebuilt_words(command)
}

fn with_help(mut command: clap::Command, id: &str) -> clap::Command {
    let help = clap::Arg::new("help").short('h').long("help").action(clap::ArgAction::Help);
    command = command.about(say(id)).disable_help_flag(true).arg(help);
    if id == "cli-help" {
        let version =
            clap::Arg::new("version").short('V').long("version").action(clap::ArgAction::Version);
        command = command.disable_version_flag(true).arg(version);
    }
    command = command.mut_args(|arg| {
        let help = say(&argument_id(id, arg.get_id().as_str()));
        arg.help(help)
    });
    let names: Vec<String> =
        command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    for name in names {
        let below = format!("{id}-{name}");
        command = command.mut_subcommand(&name, |sub| with_help(sub, &below));
    }
    command
}

/// The sentence for an argument: its own where the command has one, else the
/// one it shares with others of the same name.
fn argument_id(command: &str, argument: &str) -> String {
    let argument = argument.replace('_', "-");
    let own = format!("{}-{argument}", command.replacen("cli-help", "cli-arg", 1));
    let exists = locale::exists(locale::Language::English, &own);
    if exists { own } else { format!("cli-arg-{argument}") }
}

/// The words that clap has only in English: headings, and its own arguments.
fn rebuilt_words(command: clap::Command) -> clap::Command {
    let template =
        format!("{{about}}\n\n{} {{usage}}\n\n{{all-args}}{{after-help}}", say("cli-word-usage"));
    headings(command, &template)
}

fn headings(mut command: clap::Command, template: &str) -> clap::Command {
    command = command
        .help_template(template.to_owned())
        .subcommand_help_heading(say("cli-word-commands"))
        .subcommand_value_name(say("cli-word-command"));
    let positionals: Vec<String> =
        command.get_positionals().map(|a| a.get_id().to_string()).collect();
    let (arguments, options) = (say("cli-word-arguments"), say("cli-word-options"));
    command = command.mut_args(|arg| {
        let positional = positionals.contains(&arg.get_id().to_string());
        arg.help_heading(if positional { arguments.clone() } else { options.clone() })
    });
    let names: Vec<String> =
        command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    for name in names {
        command = command.mut_subcommand(&name, |sub| headings(sub, template));
    }
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sentences a command and all below it want.
    fn wanted(command: &clap::Command, id: &str, into: &mut Vec<String>) {
        into.push(id.to_owned());
        for arg in command.get_arguments() {
            into.push(argument_id(id, arg.get_id().as_str()));
        }
        for sub in command.get_subcommands() {
            wanted(sub, &format!("{id}-{}", sub.get_name()), into);
        }
    }

    #[test]
    fn everything_is_explained_in_both_languages() {
        let mut ids = Vec::new();
        wanted(&Cli::command(), "cli-help", &mut ids);
        ids.extend(["cli-arg-help".into(), "cli-arg-version".into()]);
        for language in locale::Language::ALL {
            let missing: Vec<&String> =
                ids.iter().filter(|id| !locale::exists(language, id)).collect();
            assert!(missing.is_empty(), "{language}: {missing:?}");
        }
    }

    #[test]
    fn the_command_line_is_sound() {
        localised(Cli::command()).debug_assert();
    }
}
