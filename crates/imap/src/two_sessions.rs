//! Two clients and a third hand on one mailbox: whatever happens in whatever
//! order, each client that believes what it is told ends up knowing the
//! mailbox as it is (RFC 3501 §5.2, §7.4.1).

use std::collections::{BTreeMap, BTreeSet};

use model::Flags;
use proptest::prelude::*;

use crate::test_support::{Client, House, LETTER, NOW};

/// A client that believes what it is told.
struct Believer {
    client: Client,
    /// Each message, `None` where it has not heard what it is.
    known: Vec<Option<Known>>,
}

/// What a client knows of a message.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Known {
    uid: u32,
    flags: BTreeSet<String>,
}

impl Believer {
    async fn new(house: &House, qresync: bool) -> Believer {
        let mut client = house.client();
        client.hear().await;
        client.command("x LOGIN alice@example.org secret").await;
        if qresync {
            client.command("x ENABLE QRESYNC").await;
        }
        let mut believer = Believer { client, known: Vec::new() };
        believer.tell("SELECT INBOX").await;
        believer
    }

    /// Sends a command and takes in the answer; the tagged line.
    async fn tell(&mut self, command: &str) -> String {
        let heard = self.client.command(&format!("x {command}")).await;
        let mut whole = String::new();
        for line in &heard {
            // What follows a literal belongs to the answer before it.
            if line.starts_with("* ") || line.starts_with("x ") {
                self.hear(&whole, command);
                whole.clear();
            }
            whole.push_str(line);
        }
        heard.last().cloned().unwrap_or_default()
    }

    fn hear(&mut self, line: &str, command: &str) {
        let mut words = line.splitn(4, ' ');
        let (Some("*"), Some(number), Some(what)) = (words.next(), words.next(), words.next())
        else {
            return;
        };
        let renumbers =
            !["FETCH", "STORE", "SEARCH", "COPY"].iter().any(|w| command.starts_with(w));
        if number == "VANISHED" {
            assert!(renumbers, "no VANISHED during {command}");
            for uid in numbers(what) {
                let at = self
                    .known
                    .iter()
                    .position(|known| known.as_ref().is_some_and(|k| k.uid == uid));
                self.known
                    .remove(at.unwrap_or_else(|| panic!("VANISHED {uid} was never heard of")));
            }
            return;
        }
        let Ok(number) = number.parse::<usize>() else { return };
        match what {
            "EXISTS" => {
                assert!(number >= self.known.len(), "EXISTS never shrinks: {line}");
                self.known.resize(number, None);
            }
            "EXPUNGE" => {
                assert!(renumbers, "no EXPUNGE during {command}");
                assert!((1..=self.known.len()).contains(&number), "{line}");
                self.known.remove(number - 1);
            }
            "FETCH" => {
                assert!((1..=self.known.len()).contains(&number), "{line}");
                let known = &mut self.known[number - 1];
                if let Some(uid) = uid_in(line) {
                    known.get_or_insert_default().uid = uid;
                }
                if let (Some(known), Some(flags)) = (known, flags_in(line)) {
                    known.flags = flags;
                }
            }
            _ => {}
        }
    }

    /// A silent STORE tells nothing: the client knows what it did.
    async fn store_silently(&mut self, number: usize, flag: &str, on: bool) {
        let sign = if on { '+' } else { '-' };
        let answer = self.tell(&format!("STORE {number} {sign}FLAGS.SILENT ({flag})")).await;
        assert!(!answer.starts_with("x BAD"), "{answer}");
        // What was told after the STORE is newer than what is assumed here
        // only if it came with the answer; either way the flag itself is so.
        if let Some(Some(known)) = self.known.get_mut(number - 1) {
            if on {
                known.flags.insert(flag.to_owned());
            } else {
                known.flags.remove(flag);
            }
        }
    }

    async fn ask_the_unknown(&mut self) {
        for number in 1..=self.known.len() {
            if self.known[number - 1].is_none() {
                self.tell(&format!("FETCH {number} (UID FLAGS)")).await;
            }
        }
    }
}

/// The numbers of a set without `*`.
fn numbers(set: &str) -> Vec<u32> {
    let number = |text: &str| text.parse::<u32>().expect("a number");
    let ranges = set.split(',').map(|range| range.split_once(':').unwrap_or((range, range)));
    ranges.flat_map(|(low, high)| number(low)..=number(high)).collect()
}

fn uid_in(line: &str) -> Option<u32> {
    let text = line.split_once("UID ")?.1;
    text.split([' ', ')']).next()?.parse().ok()
}

fn flags_in(line: &str) -> Option<BTreeSet<String>> {
    let flags = line.split_once("FLAGS (")?.1.split_once(')')?.0;
    let set = flags.split(' ').filter(|f| !f.is_empty() && *f != "\\Recent");
    Some(set.map(str::to_owned).collect())
}

/// A client that has gone away and comes back with QRESYNC (RFC 7162 §3.2.5).
struct Away {
    modseq: String,
    known: BTreeMap<u32, BTreeSet<String>>,
}

impl Away {
    async fn new(house: &House) -> Away {
        let mut believer = Believer::new(house, true).await;
        let heard = believer.client.command("x EXAMINE INBOX").await;
        let line = heard.iter().find_map(|line| line.strip_prefix("* OK [HIGHESTMODSEQ "));
        let modseq = line.and_then(|line| line.split(']').next()).expect("a modseq").to_owned();
        believer.ask_the_unknown().await;
        let known =
            believer.known.into_iter().flatten().map(|known| (known.uid, known.flags)).collect();
        Away { modseq, known }
    }

    async fn back(mut self, house: &House) -> BTreeMap<u32, BTreeSet<String>> {
        let mut client = house.client();
        client.hear().await;
        client.command("x LOGIN alice@example.org secret").await;
        client.command("x ENABLE QRESYNC").await;
        let select = format!("x EXAMINE INBOX (QRESYNC ({NOW} {}))", self.modseq);
        for line in client.command(&select).await {
            if let Some(set) = line.strip_prefix("* VANISHED (EARLIER) ") {
                numbers(set).iter().for_each(|uid| drop(self.known.remove(uid)));
            } else if let (Some(uid), Some(flags)) = (uid_in(&line), flags_in(&line)) {
                self.known.insert(uid, flags);
            }
        }
        self.known
    }
}

#[derive(Debug, Clone)]
enum Act {
    Store {
        number: usize,
        flag: usize,
        on: bool,
        silent: bool,
        by_uid: bool,
    },
    Read(usize),
    Expunge,
    Append,
    CopyToTrash(usize),
    MoveAway(usize),
    Noop,
    Search,
    /// The webmail stars, archives, or mail arrives.
    Star(usize),
    Archive(usize),
    Arrive,
}

const FLAGS: [&str; 4] = ["\\Deleted", "\\Seen", "\\Flagged", "$Work"];

fn act() -> impl Strategy<Value = Act> {
    let n = 1usize..8;
    prop_oneof![
        6 => (n.clone(), 0..FLAGS.len(), any::<bool>(), any::<bool>(), any::<bool>())
            .prop_map(|(number, flag, on, silent, by_uid)| Act::Store { number, flag, on, silent, by_uid }),
        1 => n.clone().prop_map(Act::Read),
        2 => Just(Act::Expunge),
        1 => Just(Act::Append),
        1 => n.clone().prop_map(Act::CopyToTrash),
        1 => n.clone().prop_map(Act::MoveAway),
        2 => Just(Act::Noop),
        1 => Just(Act::Search),
        1 => n.clone().prop_map(Act::Star),
        1 => n.prop_map(Act::Archive),
        1 => Just(Act::Arrive),
    ]
}

async fn perform(house: &House, believer: &mut Believer, act: &Act) {
    let exists = believer.known.len();
    let within = |n: &usize| *n <= exists;
    match act {
        Act::Store { number, flag, on, silent: true, .. } if within(number) => {
            believer.store_silently(*number, FLAGS[*flag], *on).await;
        }
        Act::Store { number, flag, on, by_uid, .. } if *by_uid || within(number) => {
            let (uid, sign) = (if *by_uid { "UID " } else { "" }, if *on { '+' } else { '-' });
            believer.tell(&format!("{uid}STORE {number} {sign}FLAGS ({})", FLAGS[*flag])).await;
        }
        Act::Read(n) if within(n) => {
            believer.tell(&format!("FETCH {n} (BODY[TEXT])")).await;
        }
        Act::Expunge => {
            believer.tell("EXPUNGE").await;
        }
        Act::Append => {
            believer.tell("APPEND INBOX (\\Seen) {3+}\r\nabc").await;
        }
        Act::CopyToTrash(n) if within(n) => {
            believer.tell(&format!("COPY {n} Trash")).await;
        }
        Act::MoveAway(n) if within(n) => {
            believer.tell(&format!("MOVE {n} Drafts")).await;
        }
        Act::Noop => {
            believer.tell("NOOP").await;
        }
        Act::Search => {
            believer.tell("SEARCH UNSEEN BODY Hi").await;
        }
        Act::Star(n) | Act::Archive(n) => {
            let (n, star) = (*n, matches!(act, Act::Star(_)));
            house
                .write(move |tx| {
                    let inbox = tx.role(model::Role::Inbox);
                    let Some((_, number)) = tx.placements(inbox, None).get(n - 1).copied() else {
                        return Ok(());
                    };
                    if star {
                        tx.mark(&[number], Flags::FLAGGED, Flags::NONE)
                    } else {
                        tx.archive(&[number])
                    }
                })
                .await;
        }
        Act::Arrive => house.deliver("INBOX", LETTER).await,
        _ => {}
    }
    believer.ask_the_unknown().await;
}

async fn play(acts: &[(bool, Act)]) {
    let house = House::with_letters(4).await;
    let mut one = Believer::new(&house, false).await;
    let mut two = Believer::new(&house, true).await;
    for believer in [&mut one, &mut two] {
        believer.ask_the_unknown().await;
    }
    let mut away = None;
    for (at, (first, act)) in acts.iter().enumerate() {
        if at == acts.len() / 2 {
            away = Some(Away::new(&house).await);
        }
        perform(&house, if *first { &mut one } else { &mut two }, act).await;
    }
    let mut fresh = Believer::new(&house, false).await;
    fresh.ask_the_unknown().await;
    if let Some(away) = away {
        let expected: BTreeMap<u32, BTreeSet<String>> =
            fresh.known.iter().flatten().map(|known| (known.uid, known.flags.clone())).collect();
        assert_eq!(away.back(&house).await, expected);
    }
    for believer in [&mut one, &mut two] {
        believer.tell("NOOP").await;
        believer.ask_the_unknown().await;
        assert_eq!(believer.known, fresh.known);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn who_believes_what_it_is_told_knows_the_mailbox(acts in prop::collection::vec((any::<bool>(), act()), 1..30)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        runtime.block_on(play(&acts));
    }
}

/// Stores of two sessions that share one commit: neither hides the other's.
#[tokio::test]
async fn silent_stores_at_the_same_moment() {
    let house = House::with_letters(1).await;
    let mut one = Believer::new(&house, false).await;
    let mut two = Believer::new(&house, false).await;
    one.ask_the_unknown().await;
    two.ask_the_unknown().await;
    for round in 0..40 {
        let on = round % 2 == 0;
        tokio::join!(one.store_silently(1, "\\Seen", on), two.store_silently(1, "\\Flagged", on));
        for believer in [&mut one, &mut two] {
            believer.tell("NOOP").await;
        }
        assert_eq!(one.known, two.known, "round {round}");
    }
}

/// Any lines, good or bad, neither stop nor break a session.
#[tokio::test]
async fn a_session_survives_any_lines() {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;

    let words = prop::sample::select(vec![
        "FETCH ",
        "STORE ",
        "UID ",
        "SEARCH ",
        "COPY ",
        "LIST ",
        "1:* ",
        "1 ",
        "(",
        ")",
        "FLAGS ",
        "BODY[]",
        "{3+}\r\nabc",
        "\"a\" ",
        "\"",
        "\\Seen ",
        "INBOX ",
        "ALL ",
        "NOT ",
        "* ",
        "% ",
        "RETURN ",
        "{99999}\r\n",
        "é",
        "\0",
        "STATUS ",
        "SELECT ",
        "SUBJECT ",
        "(MESSAGES)",
        "+FLAGS ",
        "EXPUNGE",
        "NOOP",
        "CLOSE",
        "APPEND ",
        "IDLE\r\nDONE",
    ]);
    let lines = prop::collection::vec(words, 0..8);
    let mut runner = TestRunner::deterministic();
    let house = House::with_letters(3).await;
    for _ in 0..30 {
        let mut client = house.client();
        client.hear().await;
        client.command("x LOGIN alice@example.org secret").await;
        client.command("x SELECT INBOX").await;
        for _ in 0..15 {
            let line: String = lines.new_tree(&mut runner).expect("a line").current().concat();
            client.send(format!("y {line}\r\n").as_bytes()).await;
        }
        // It still answers, unless it said goodbye.
        client.send(b"x NOOP\r\nx NOOP\r\n").await;
        loop {
            let heard = client.hear().await;
            assert_ne!(heard, "[nothing]");
            if heard.starts_with("x ") || heard.starts_with("* BYE") || heard == "[closed]" {
                break;
            }
        }
    }
}
