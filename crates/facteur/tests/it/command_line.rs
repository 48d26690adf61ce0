//! The command line as scripts use it: its words, its JSON, its exit codes.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// Runs `facteur` in a directory of its own, in English.
fn facteur(home: &Path, args: &[&str]) -> Output {
    with_input(home, args, "")
}

fn with_input(home: &Path, args: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_facteur"))
        .args(args)
        .current_dir(home)
        .env("LC_ALL", "C")
        .env("HOME", home)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    child.stdin.take().expect("a pipe").write_all(input.as_bytes()).expect("read");
    child.wait_with_output().expect("it ends")
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[track_caller]
fn done(output: &Output) -> String {
    assert!(output.status.success(), "{}{}", stdout(output), stderr(output));
    stdout(output)
}

/// Settings with few and cheap rounds for passwords, as a debug build is slow.
fn settings(home: &Path) -> String {
    let file = home.join("facteur.toml");
    let data = home.join("data");
    let text = format!(
        "hostname = \"mail.example.org\"\ndata = {data:?}\n[passwords]\nmemory_kib = 8\npasses = 1\n"
    );
    std::fs::write(&file, text).expect("written");
    file.display().to_string()
}

/// A store with a domain and alice in it.
fn store(home: &Path) -> String {
    let config = settings(home);
    std::fs::create_dir(home.join("data")).expect("made");
    done(&facteur(home, &["domain", "add", "example.org", "--config", &config]));
    let add = ["account", "add", "alice@example.org", "--password-stdin", "--config", &config];
    done(&with_input(home, &add, "correct horse\n"));
    config
}

#[test]
fn init_writes_everything_and_never_overwrites() {
    let home = tempfile::tempdir().expect("a directory");
    let file = home.path().join("etc/facteur.toml").display().to_string();
    let data = home.path().join("data").display().to_string();
    let args = ["init", "--domain", "example.org", "--config", &file, "--data", &data];
    let said = done(&facteur(home.path(), &args));
    for wanted in ["admin@example.org", "Password: ", "IN MX   10 mail.example.org.", "v=spf1"] {
        assert!(said.contains(wanted), "{wanted} is missing in {said}");
    }
    assert!(home.path().join("data/tls/key.pem").exists());
    let again = facteur(home.path(), &args);
    assert_eq!(again.status.code(), Some(73), "{}", stderr(&again));
    let listed = done(&facteur(home.path(), &["account", "list", "--json", "--config", &file]));
    let listed: Value = serde_json::from_str(&listed).expect("JSON");
    assert_eq!(listed[0]["address"], "admin@example.org");
    assert_eq!(listed[0]["administrator"], true);
    done(&facteur(home.path(), &["config", "check", "--config", &file]));
}

#[test]
fn accounts_live_their_life() {
    let home = tempfile::tempdir().expect("a directory");
    let config = store(home.path());
    let run = |args: &[&str]| {
        let args: Vec<&str> = args.iter().copied().chain(["--config", &config]).collect();
        facteur(home.path(), &args)
    };
    let list = |what: &str| -> Value {
        serde_json::from_str(&done(&run(&[what, "list", "--json"]))).expect("JSON")
    };
    done(&run(&["account", "quota", "alice@example.org", "10G"]));
    assert_eq!(list("account")[0]["quota_bytes"], 10_u64 << 30);
    done(&run(&["account", "rename", "alice@example.org", "alix@example.org"]));
    done(&run(&["alias", "add", "sales@example.org", "alix@example.org"]));
    assert_eq!(list("alias")[0]["to"][0], "alix@example.org");
    let made =
        done(&run(&["account", "app-password", "add", "alix@example.org", "--label", "phone"]));
    assert!(made.contains("App password 1: "), "{made}");
    let apps = done(&run(&["account", "app-password", "list", "alix@example.org", "--json"]));
    assert!(apps.contains("phone"), "{apps}");
    done(&run(&["account", "app-password", "revoke", "alix@example.org", "1"]));
    assert_eq!(run(&["domain", "remove", "example.org"]).status.code(), Some(69));
    done(&run(&["account", "suspend", "alix@example.org"]));
    assert_eq!(list("account")[0]["suspended"], true);
    done(&run(&["account", "remove", "alix@example.org"]));
    assert_eq!(list("account").as_array().map(Vec::len), Some(0));
    done(&run(&["domain", "remove", "example.org"]));
}

#[test]
fn failures_have_their_exit_code_and_say_what_to_do() {
    let home = tempfile::tempdir().expect("a directory");
    let config = store(home.path());
    let with = |args: &[&str]| -> Vec<String> {
        args.iter().map(|a| (*a).to_owned()).chain(["--config".into(), config.clone()]).collect()
    };
    let rows: &[(&[&str], i32, &str)] = &[
        (&["account", "remove", "nobody@example.org"], 67, "facteur account list"),
        (&["account", "add", "bob@example.com"], 67, "facteur domain add example.com"),
        (&["account", "add", "alice@example.org"], 73, "exists already"),
        (&["account", "add", "alice"], 64, "name@domain"),
        (&["account", "quota", "alice@example.org", "much"], 64, "much"),
        (&["domain", "add", "exa mple"], 65, "not a domain name"),
        (&["alias", "remove", "x@example.org"], 67, "facteur alias list"),
        (&["import", "alice@example.org", "/nowhere"], 66, "/nowhere"),
        (&["export", "bob@example.org", "out"], 67, "bob@example.org"),
        (&["frobnicate"], 64, "frobnicate"),
    ];
    for (args, code, said) in rows {
        let args = with(args);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        let output = facteur(home.path(), &args);
        assert_eq!(output.status.code(), Some(*code), "{args:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(said), "{args:?}: {}", stderr(&output));
    }
}

#[test]
fn settings_name_their_mistakes_with_file_and_line() {
    let home = tempfile::tempdir().expect("a directory");
    std::fs::write(home.path().join("facteur.toml"), "\n[listen]\nimpa = []\n").expect("written");
    let output = facteur(home.path(), &["config", "check"]);
    assert_eq!(output.status.code(), Some(78));
    let said = stderr(&output);
    assert!(
        said.contains("facteur.toml:3: there is no key [listen] impa; did you mean imap?"),
        "{said}"
    );
}

#[test]
fn settings_that_cannot_work_are_found_before_the_start() {
    let home = tempfile::tempdir().expect("a directory");
    let rows = [
        ("[tls]\ncertificate = \"a.pem\"", "only one of certificate and key"),
        ("[tls]\ncertificate = \"a.pem\"\nkey = \"b.pem\"", "a.pem"),
        ("[log]\nlevel = \"loud,,=\"", "loud"),
        ("plaintext_auth_from = [\"everybody\"]", "everybody"),
    ];
    for (text, said) in rows {
        std::fs::write(home.path().join("facteur.toml"), text).expect("written");
        let output = facteur(home.path(), &["config", "check"]);
        assert_eq!(output.status.code(), Some(78), "{text}: {}", stderr(&output));
        assert!(stderr(&output).contains(said), "{text}: {}", stderr(&output));
    }
}

#[test]
fn a_mistyped_data_directory_is_not_made() {
    let home = tempfile::tempdir().expect("a directory");
    let output = facteur(home.path(), &["account", "list", "--data", "nowhere"]);
    assert_eq!(output.status.code(), Some(78), "{}", stderr(&output));
    assert!(!home.path().join("nowhere").exists());
}

#[test]
fn french_for_french_people() {
    let output = Command::new(env!("CARGO_BIN_EXE_facteur"))
        .args(["account", "--help"])
        .env("LC_ALL", "fr_FR.UTF-8")
        .output()
        .expect("the binary runs");
    let said = stdout(&output);
    assert!(said.contains("Créer un compte") && said.contains("Commandes"), "{said}");
}

const MBOX: &str = "From bob@example.net Thu Nov 23 19:36:17 2006\n\
Message-ID: <1@example.net>\nFrom: bob@example.net\nSubject: One\nStatus: RO\nX-Status: F\n\n\
>From here on, text.\n\n\
From carol@example.net Thu Nov 23 20:00:00 2006\n\
Message-ID: <2@example.net>\nFrom: carol@example.net\nSubject: Two\nX-Keywords: $Work\n\nText.\n";

#[test]
fn mail_goes_in_and_out_unchanged() {
    let home = tempfile::tempdir().expect("a directory");
    let config = store(home.path());
    let run = |args: &[&str]| {
        let args: Vec<&str> = args.iter().copied().chain(["--config", &config]).collect();
        facteur(home.path(), &args)
    };
    std::fs::write(home.path().join("Friends"), MBOX).expect("written");
    let import = ["import", "alice@example.org", "Friends", "--json"];
    let taken: Value = serde_json::from_str(&done(&run(&import))).expect("JSON");
    assert_eq!((&taken["new"], &taken["known"]), (&2.into(), &0.into()));
    // Again, as after an interruption: nothing is taken twice.
    let taken: Value = serde_json::from_str(&done(&run(&import))).expect("JSON");
    assert_eq!((&taken["new"], &taken["known"]), (&0.into(), &2.into()));

    done(&run(&["export", "alice@example.org", "out"]));
    let written = std::fs::read_to_string(home.path().join("out/Friends.mbox")).expect("written");
    for wanted in [
        "\n>From here on, text.\n",
        "Status: RO\nX-Status: F\n",
        "X-Keywords: $Work\n",
        " Thu Nov 23 20:00:00 2006\n",
    ] {
        assert!(written.contains(wanted), "{wanted:?} is missing in {written}");
    }
    done(&run(&["export", "alice@example.org", "maildir", "--format", "maildir"]));
    done(&run(&["account", "remove", "alice@example.org"]));
    for (number, from) in ["out", "maildir"].iter().enumerate() {
        let address = format!("copy{number}@example.org");
        done(&with_input(
            home.path(),
            &["account", "add", &address, "--password-stdin", "--config", &config],
            "12345678\n",
        ));
        done(&run(&["import", &address, from]));
        let back = format!("back{number}");
        done(&run(&["export", &address, &back]));
        let copy =
            std::fs::read_to_string(home.path().join(&back).join("Friends.mbox")).expect("written");
        // The envelope's sender is not kept in a Maildir, nor keywords.
        let without = |text: &str| -> String {
            text.lines()
                .filter(|l| !l.starts_with("From ") && !l.starts_with("X-Keywords"))
                .collect()
        };
        assert_eq!(without(&copy), without(&written), "{from}");
    }
}
