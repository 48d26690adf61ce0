//! Whole sessions, several at once, and what goes wrong.

use engine::Faults;
use model::Role;
use net::test_support::{connections, peer};
use net::{ClientTls, Connection, server_name};
use std::time::Duration;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream};

use crate::Door;
use crate::testing::{LOGIN, Stage};

const SOON: Duration = Duration::from_secs(20);

/// A client that goes line by line, for sessions that overlap.
struct Client(BufReader<DuplexStream>);

impl Client {
    fn of(stage: &Stage) -> Client {
        let (server, client) = tokio::io::duplex(64 * 1024);
        let pop3 = stage.pop3.clone();
        tokio::spawn(async move { pop3.session(Connection::plain(server, peer())).await });
        Client(BufReader::new(client))
    }

    async fn line(&mut self) -> String {
        let mut line = String::new();
        tokio::time::timeout(SOON, self.0.read_line(&mut line)).await.expect("in time").unwrap();
        line.trim_end().to_owned()
    }

    async fn say(&mut self, line: &str) -> String {
        self.0.write_all(format!("{line}\r\n").as_bytes()).await.unwrap();
        self.line().await
    }

    async fn log_in(&mut self) -> String {
        assert_eq!(self.line().await, "+OK Facteur POP3 ready");
        self.say("USER alice@example.org").await;
        self.say("PASS alice-secret").await
    }
}

/// The example of RFC 1939 §10, with USER and PASS in place of APOP.
#[tokio::test]
async fn the_session_of_the_rfc() {
    let stage = Stage::new(&["one", "two"], true).await;
    stage
        .play(&format!(
            "{LOGIN}
            C: STAT
            S: +OK 2 42
            C: LIST
            S: +OK 2 messages (42 octets)
            S: 1 21
            S: 2 21
            S: .
            C: RETR 1
            S: +OK 21 octets
            S: Subject: one
            S:
            S: abc
            S: .
            C: DELE 1
            S: +OK message 1 deleted
            C: RETR 2
            S: +OK 21 octets
            S: Subject: two
            S:
            S: abc
            S: .
            C: DELE 2
            S: +OK message 2 deleted
            C: QUIT
            S: +OK goodbye (maildrop empty)
            S: [closed]"
        ))
        .await;
    assert_eq!(stage.count(Role::Inbox).await, 0, "gone from the maildrop");
    assert_eq!(stage.count(Role::All).await, 2, "kept in All Mail");
    let unseen = stage.alice.read(|state| state.role(Role::All).unseen()).await.unwrap();
    assert_eq!(unseen, 2, "fetching is not reading");
    stage.play(&format!("{LOGIN} C: STAT\n S: +OK 0 0")).await;
}

#[tokio::test]
async fn without_quit_nothing_is_deleted() {
    let stage = Stage::new(&["one", "two"], true).await;
    stage.play(&format!("{LOGIN} C: DELE 1\n S: +OK message 1 deleted")).await;
    assert_eq!(stage.count(Role::Inbox).await, 2);
    stage.play(&format!("{LOGIN} C: STAT\n S: +OK 2 42")).await;
}

#[tokio::test]
async fn one_session_for_each_maildrop() {
    let stage = Stage::new(&["one"], true).await;
    let mut first = Client::of(&stage);
    assert_eq!(first.log_in().await, "+OK maildrop has 1 messages (21 octets)");
    let mut second = Client::of(&stage);
    let refusal = second.log_in().await;
    assert!(refusal.starts_with("-ERR [IN-USE] "), "{refusal}");

    stage.deliver("two").await;
    assert_eq!(first.say("STAT").await, "+OK 1 21", "as it was at the login");
    assert_eq!(first.say("QUIT").await, "+OK goodbye (1 messages left)");
    // The lock goes before the answer to QUIT, so this cannot come too early.
    second.say("USER alice@example.org").await;
    assert_eq!(second.say("PASS alice-secret").await, "+OK maildrop has 2 messages (42 octets)");
    drop(second);
    let mut third = Client::of(&stage);
    assert_eq!(third.line().await, "+OK Facteur POP3 ready");
    third.say("USER alice@example.org").await;
    while third.say("PASS alice-secret").await.starts_with("-ERR") {
        // The server sees the closed connection in its own time.
        third.say("USER alice@example.org").await;
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn unique_ids_outlive_moves_and_sessions() {
    let stage = Stage::new(&["one", "two"], true).await;
    let two = stage.deliver("three").await;
    let script = format!(
        "{LOGIN}
        C: DELE 1
        S: +OK message 1 deleted
        C: QUIT
        S: +OK goodbye (2 messages left)
        S: [closed]"
    );
    stage.play(&script).await;
    let moved = stage.alice.write(move |tx| {
        tx.archive(&[two])?;
        tx.to_inbox(&[two])
    });
    moved.await.unwrap();
    stage
        .play(&format!(
            "{LOGIN}
            C: UIDL
            S: +OK unique-ids follow
            S: 1 2
            S: 2 3
            S: ."
        ))
        .await;
}

#[tokio::test]
async fn messages_removed_meanwhile_and_those_marked_deleted() {
    let stage = Stage::new(&["one", "two", "three"], true).await;
    let mark = stage.alice.write(|tx| {
        let inbox = tx.role(Role::Inbox);
        let change = mailstore::FlagChange {
            mode: mailstore::FlagMode::Add,
            flags: model::Flags::NONE,
            keywords: Vec::new(),
            deleted: true,
        };
        tx.store(inbox, &model::Ranges::between(3, 3), &change, None)
    });
    mark.await.unwrap();
    let mut client = Client::of(&stage);
    assert_eq!(client.log_in().await, "+OK maildrop has 2 messages (42 octets)");
    let number = stage.alice.read(|state| state.role(Role::Inbox).numbers()[0]).await.unwrap();
    stage
        .alice
        .write(move |tx| {
            tx.trash(&[number])?;
            tx.destroy(&[number])
        })
        .await
        .unwrap();
    assert_eq!(client.say("RETR 1").await, "-ERR message 1 was removed meanwhile");
    assert_eq!(client.say("DELE 1").await, "+OK message 1 deleted");
    assert_eq!(client.say("DELE 2").await, "+OK message 2 deleted");
    assert_eq!(client.say("QUIT").await, "+OK goodbye (maildrop empty)");
}

#[tokio::test]
async fn a_failing_store_is_no_lie() {
    let stage = Stage::new(&["one"], true).await;
    let mut client = Client::of(&stage);
    client.log_in().await;
    client.say("DELE 1").await;
    stage.engine.set_faults(Faults { broken: true, ..Faults::default() }, 1);
    let answer = client.say("QUIT").await;
    assert_eq!(answer, "-ERR [SYS/TEMP] some deleted messages not removed, reference 1");
    stage.engine.set_faults(Faults::default(), 1);
    assert_eq!(stage.count(Role::Inbox).await, 1);

    let mut client = Client::of(&stage);
    client.log_in().await;
    stage.engine.set_faults(Faults { broken: true, ..Faults::default() }, 1);
    let answer = client.say("RETR 1").await;
    assert_eq!(answer, "-ERR [SYS/TEMP] temporary failure, reference 2; try again in a minute");
}

#[tokio::test]
async fn conflicts_and_unknown_outcomes_at_quit() {
    let stage = Stage::new(&[], true).await;
    for number in 0..30 {
        stage.deliver(&format!("mail {number}")).await;
    }
    let mut client = Client::of(&stage);
    client.log_in().await;
    for number in 1..=29 {
        client.say(&format!("DELE {number}")).await;
    }
    let faults =
        Faults { conflicts: 300, unknown_done: 200, unknown_lost: 200, ..Faults::default() };
    stage.engine.set_faults(faults, 7);
    assert_eq!(client.say("QUIT").await, "+OK goodbye (1 messages left)");
    assert_eq!(stage.count(Role::Inbox).await, 1);
    assert_eq!(stage.count(Role::All).await, 30);
}

#[tokio::test]
async fn pipelined_commands_are_answered_in_turn() {
    let stage = Stage::new(&["one", "two"], true).await;
    stage
        .play(
            "
            C: USER alice@example.org
            C: PASS alice-secret
            C: STAT
            C: DELE 1
            C: NOOP
            C: QUIT
            S: +OK Facteur POP3 ready
            S: +OK now the password, by PASS
            S: +OK maildrop has 2 messages (42 octets)
            S: +OK 2 42
            S: +OK message 1 deleted
            S: +OK nothing done
            S: +OK goodbye (1 messages left)
            S: [closed]
        ",
        )
        .await;
}

#[tokio::test]
async fn mistakes_end_the_session_after_a_while() {
    let stage = Stage::new(&[], true).await;
    let long = "x".repeat(5000);
    let nineteen = "C: HELO\nS: -ERR no such command; CAPA lists what there is\n".repeat(18);
    stage
        .play(&format!(
            "S: +OK Facteur POP3 ready
            C: {long}
            S: -ERR the line is too long
            {nineteen}
            C: STAT
            S: -ERR log in first; too many mistakes, closing the connection
            S: [closed]"
        ))
        .await;
}

#[tokio::test]
async fn sizes_are_exact_and_large_messages_stream() {
    let stage = Stage::new(&[], true).await;
    let line = ".line of some seventy characters that begins with a dot, as it may be\r\n";
    let text = format!("Subject: big\r\n\r\n{}", line.repeat(30_000));
    stage.deliver_bytes(text.as_bytes()).await;
    let mut client = Client::of(&stage);
    assert_eq!(
        client.log_in().await,
        format!("+OK maildrop has 1 messages ({} octets)", text.len())
    );
    assert_eq!(client.say("RETR 1").await, format!("+OK {} octets", text.len()));
    let mut octets = 0;
    loop {
        let line = client.line().await;
        if line == "." {
            break;
        }
        octets += line.strip_prefix('.').unwrap_or(&line).len() + 2;
    }
    assert_eq!(octets, text.len());
    assert_eq!(client.say("NOOP").await, "+OK nothing done");
}

#[tokio::test]
async fn stls_opens_the_login_and_forgets_what_came_before() {
    let stage = Stage::new(&["one"], false).await;
    let (server, mut client) = connections();
    let session = stage.session(server);
    let play = async {
        let say = async |client: &mut Connection, line: &str| {
            client.send(format!("{line}\r\n").as_bytes()).await.unwrap();
            let line = client.read_line(600, SOON).await.unwrap();
            String::from_utf8_lossy(&line).into_owned()
        };
        let greeting = client.read_line(600, SOON).await.unwrap();
        assert_eq!(&greeting[..], b"+OK Facteur POP3 ready");
        // What is sent behind STLS is not obeyed.
        assert_eq!(say(&mut client, "STLS\r\nUSER injected").await, "+OK begin TLS");
        let name = server_name("mail.example.org").unwrap();
        let tls = ClientTls::opportunistic().unwrap();
        client.start_tls_as_client(&tls, name).await.unwrap();
        assert_eq!(say(&mut client, "PASS alice-secret").await, "-ERR say USER first");
        assert_eq!(say(&mut client, "STLS").await, "-ERR TLS is active already");
        say(&mut client, "USER alice@example.org").await;
        let login = say(&mut client, "PASS alice-secret").await;
        assert_eq!(login, "+OK maildrop has 1 messages (21 octets)");
        assert_eq!(say(&mut client, "QUIT").await, "+OK goodbye (1 messages left)");
    };
    tokio::join!(Box::pin(session), Box::pin(play));
}

#[tokio::test]
async fn the_suspended_and_the_hasty_are_told() {
    let stage = Stage::new(&[], true).await;
    stage.directory.suspend(stage.alice.id(), true).await.unwrap();
    stage
        .play(
            "S: +OK Facteur POP3 ready
            C: USER alice@example.org
            C: PASS alice-secret
            S: +OK now the password, by PASS
            S: -ERR [SYS/PERM] this account is suspended; ask the administrator",
        )
        .await;
    for guess in 0..5 {
        let mut client = Client::of(&stage);
        client.line().await;
        client.say("USER alice@example.org").await;
        client.say(&format!("PASS {guess}")).await;
    }
    stage
        .play(
            "S: +OK Facteur POP3 ready
            C: USER alice@example.org
            C: PASS alice-secret
            S: +OK now the password, by PASS
            S: -ERR [SYS/TEMP] too many wrong passwords; try again in 1 seconds",
        )
        .await;
}

#[tokio::test]
async fn an_app_password_opens_the_maildrop() {
    let stage = Stage::new(&["one"], true).await;
    let (_, secret) =
        stage.directory.add_app_password(stage.alice.id(), "old pc", None).await.unwrap();
    let mut client = Client::of(&stage);
    client.line().await;
    client.say("USER alice@example.org").await;
    let answer = client.say(&format!("PASS {}", secret.expose())).await;
    assert_eq!(answer, "+OK maildrop has 1 messages (21 octets)");
}

#[tokio::test]
async fn shutdown_ends_sessions_without_deleting() {
    let stage = Stage::new(&["one"], true).await;
    let mut client = Client::of(&stage);
    client.log_in().await;
    client.say("DELE 1").await;
    stage.pop3.inner.services.shutdown.begin();
    assert_eq!(client.line().await, "", "closed");
    assert_eq!(stage.count(Role::Inbox).await, 1);
}

#[tokio::test]
async fn sockets_from_accept_to_shutdown() {
    let stage = Stage::new(&["one"], false).await;
    let mut doors = Vec::new();
    for door in [Door::Tls, Door::Plain] {
        let listener = net::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let pop3 = stage.pop3.clone();
        doors.push((address, tokio::spawn(async move { pop3.serve(listener, door).await })));
    }
    let socket = net::connect(doors[0].0, SOON).await.unwrap();
    let mut client = Connection::plain(socket, doors[0].0);
    let tls = ClientTls::opportunistic().unwrap();
    let name = server_name("mail.example.org").unwrap();
    Box::pin(client.start_tls_as_client(&tls, name)).await.unwrap();
    for (line, answer) in [
        ("USER alice@example.org", "+OK Facteur POP3 ready"),
        ("PASS alice-secret", "+OK now the password, by PASS"),
        ("NOOP", "+OK maildrop has 1 messages (21 octets)"),
        ("QUIT", "+OK nothing done"),
    ] {
        client.send(format!("{line}\r\n").as_bytes()).await.unwrap();
        let got = client.read_line(600, SOON).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&got), answer);
    }
    client.read_line(600, SOON).await.unwrap();

    let socket = net::connect(doors[1].0, SOON).await.unwrap();
    let mut client = Connection::plain(socket, doors[1].0);
    client.read_line(600, SOON).await.unwrap();
    stage.pop3.inner.services.shutdown.begin();
    assert!(client.read_line(600, SOON).await.is_err(), "closed at shutdown");
    for (_, door) in doors {
        door.await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_sessions_at_once_one_gets_the_maildrop() {
    let stage = std::sync::Arc::new(Stage::new(&["one"], true).await);
    let mut logins = tokio::task::JoinSet::new();
    for _ in 0..30 {
        let stage = stage.clone();
        logins.spawn(async move {
            let mut client = Client::of(&stage);
            let answer = client.log_in().await;
            (client, answer)
        });
    }
    let answers = logins.join_all().await;
    let opened = answers.iter().filter(|(_, answer)| answer.starts_with("+OK")).count();
    let in_use = answers.iter().filter(|(_, answer)| answer.starts_with("-ERR [IN-USE]")).count();
    assert_eq!((opened, in_use), (1, 29));
}
