//! The client against our server, and against servers that behave otherwise.

use std::time::Duration;

use bytes::Bytes;
use model::{Address, Secret};
use net::ClientTls;
use net::test_support::{connections, play_server};
use proptest::prelude::*;
use queue::{Notify, Ret};

use super::*;
use crate::client::{Client, Envelope, Error, Protocol, Recipient, Timeouts};

fn address(text: &str) -> Address {
    text.parse().expect("an address")
}

fn envelope(from: &str, to: &[&str]) -> Envelope {
    Envelope {
        reverse_path: from.parse().ok(),
        recipients: to.iter().map(|to| address(to).into()).collect(),
        ..Envelope::default()
    }
}

async fn greet(connection: Connection, protocol: Protocol) -> Result<Client, Error> {
    Client::greet(connection, protocol, "bar.com", Timeouts::default()).await
}

fn codes(outcome: &[crate::client::Response]) -> Vec<u16> {
    outcome.iter().map(|response| response.code).collect()
}

#[tokio::test]
async fn two_messages_over_one_connection() {
    let house = house(Role::Mx);
    let (server, connection) = connections();
    let serving = tokio::spawn(house.session(server));
    let mut client = greet(connection, Protocol::Smtp).await.expect("greeted");
    assert!(client.capabilities().pipelining && !client.capabilities().dsn);

    let to = envelope("a@bar.com", &["b@foo.com", "green@foo.com", "c@foo.com"]);
    let outcome = client.send(&to, b"Subject: x\r\n\r\n.dot\r\n..\r\n").await.expect("sent");
    assert_eq!(codes(&outcome), [250, 550, 250]);
    assert_eq!(outcome[1].to_string(), "550 5.1.1 No such user here");
    assert_eq!(text(&house.arrival().content), "Subject: x\r\n\r\n.dot\r\n..\r\n");

    let nobody = envelope("a@bar.com", &["green@foo.com"]);
    assert_eq!(codes(&client.send(&nobody, b"x").await.expect("sent")), [550]);
    let spam = envelope("", &["spam@foo.com"]);
    assert_eq!(codes(&client.send(&spam, b"x").await.expect("sent")), [550]);
    house.arrival();

    let many: Vec<String> = (0..100).map(|n| format!("u{n}@foo.com")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let outcome = client.send(&envelope("a@bar.com", &many), b"bare\nand\rbare").await;
    assert_eq!(codes(&outcome.expect("sent")), [250; 100]);
    assert_eq!(text(&house.arrival().content), "bare\r\nand\r\nbare\r\n");
    client.quit().await;
    serving.await.expect("ends");
}

#[tokio::test]
async fn submission_under_tls() {
    let (_data, tls) = certificate();
    let house = House { tls: Some(tls), ..house(Role::Submission) };
    let (server, connection) = connections();
    let serving = tokio::spawn(house.session(server));
    let mut client = greet(connection, Protocol::Smtp).await.expect("greeted");
    let password = Secret::new("secret");
    let clear = client.auth_plain("smith@foo.com", &password).await;
    assert!(matches!(clear, Err(Error::NotOffered(_))));

    let any = ClientTls::opportunistic().expect("client");
    let name = net::server_name("foo.com").expect("a name");
    client.start_tls(&any, name).await.expect("TLS");
    let wrong = client.auth_plain("smith@foo.com", &Secret::new("wrong")).await;
    assert!(matches!(wrong, Err(Error::Refused(response)) if response.code == 535));
    client.auth_plain("smith@foo.com", &password).await.expect("signed in");

    let notify = Notify::When { success: true, failure: true, delay: false };
    let envelope = Envelope {
        reverse_path: Some(address("smith@foo.com")),
        recipients: vec![Recipient { notify, ..address("é@xyz.com").into() }],
        smtputf8: true,
        ret: Some(Ret::Full),
        envid: Some("an id+1".into()),
    };
    let outcome = client.send(&envelope, "Subject: é\r\n".as_bytes()).await.expect("sent");
    assert_eq!(codes(&outcome), [250]);
    client.quit().await;
    serving.await.expect("ends");
    let submission = house.submission();
    assert_eq!(submission.envid.as_deref(), Some("an id+1"));
    assert_eq!((submission.ret, submission.smtputf8), (Some(Ret::Full), true));
    assert_eq!(submission.recipients[0].notify, notify);
}

#[tokio::test]
async fn lmtp_tells_of_each() {
    let house = house(Role::Lmtp);
    let (server, connection) = connections();
    let serving = tokio::spawn(house.session(server));
    let mut client = greet(connection, Protocol::Lmtp).await.expect("greeted");
    let to = ["full@foo.com", "green@foo.com", "b@foo.com", "spam@foo.com"];
    let outcome = client.send(&envelope("a@bar.com", &to), b"x\r\n").await.expect("sent");
    assert_eq!(codes(&outcome), [452, 550, 250, 550]);
    client.quit().await;
    serving.await.expect("ends");
}

/// Runs the client against a script of a server, whose lines it must draw out.
async fn against(script: &str, client: impl AsyncFnOnce(Client)) {
    let (server, connection) = connections();
    let serving = play_server(server, script);
    let talking = async {
        client(greet(connection, Protocol::Smtp).await.expect("greeted")).await;
    };
    tokio::join!(serving, talking);
}

const OLD: &str = "
    S: 220 old.example
    C: EHLO bar.com
    S: 500 What?
    C: HELO bar.com
    S: 250 old.example
";

#[tokio::test]
async fn an_old_server_is_spoken_to_step_by_step() {
    let script = format!(
        "{OLD}
        C: MAIL FROM:<a@bar.com>
        S: 250 ok
        C: RCPT TO:<b@old.example>
        S: 251 will forward
        C: RCPT TO:<c@old.example>
        S: 450 busy
        C: DATA
        S: 354 go
        C: x
        C: .
        S: 250 ok
        C: MAIL FROM:<>
        S: 451 not now
        C: RSET
        S: 250 ok
        C: MAIL FROM:<>
        S: 250 ok
        C: RCPT TO:<b@old.example>
        S: 250 ok
        C: DATA
        S: 554 no
        C: RSET
        S: 250 ok
    "
    );
    against(&script, async |mut client: Client| {
        let two = envelope("a@bar.com", &["b@old.example", "c@old.example"]);
        assert_eq!(codes(&client.send(&two, b"x").await.expect("sent")), [250, 450]);
        let one = envelope("", &["b@old.example"]);
        assert_eq!(codes(&client.send(&one, b"x").await.expect("sent")), [451]);
        assert_eq!(codes(&client.send(&one, b"x").await.expect("sent")), [554]);
        // What it cannot carry is not even tried.
        let utf8 = client.send(&envelope("", &["é@old.example"]), b"x").await.expect("known");
        assert_eq!(utf8[0].to_string().split_at(9).0, "550 5.6.7");
        let eight = client.send(&one, b"\xff").await.expect("known");
        assert_eq!(eight[0].to_string().split_at(9).0, "554 5.6.3");
    })
    .await;
}

#[tokio::test]
async fn a_refused_mail_is_noticed_behind_pipelined_recipients() {
    let script = "
        S: 220 new.example
        C: EHLO bar.com
        S: 250-new.example
        S: 250-PIPELINING
        S: 250 SIZE 100
        C: MAIL FROM:<a@bar.com> SIZE=1
        C: RCPT TO:<b@new.example>
        S: 550 5.7.1 Not from you
        S: 503 5.5.1 MAIL first
        C: RSET
        S: 250 ok
        C: MAIL FROM:<a@bar.com> SIZE=1
        C: RCPT TO:<b@new.example>
        S: 250 ok
        S: 250 ok
        C: DATA
        S: 421 going down
    ";
    against(script, async |mut client: Client| {
        let one = envelope("a@bar.com", &["b@new.example"]);
        let outcome = client.send(&one, b"x").await.expect("known");
        assert_eq!(outcome[0].to_string(), "550 5.7.1 Not from you");
        let large = client.send(&one, &[b'x'; 200]).await.expect("known");
        assert_eq!(codes(&large), [552]);
        let outcome = client.send(&one, b"x").await.expect("known");
        assert_eq!(outcome[0].to_string(), "421 going down");
        assert!(client.send(&one, b"x").await.is_err());
    })
    .await;
}

#[tokio::test]
async fn servers_that_are_none() {
    let rows = [
        ("S: 554 no mail here", "the server answered: 554 no mail here"),
        ("S: SSH-2.0-OpenSSH", "the server does not speak SMTP"),
        ("S: 220-a\nS: 221 b", "the lines of a reply have different codes"),
        ("S: 220 x\nC: EHLO bar.com\nS: 421 busy", "the server answered: 421 busy"),
        ("S: 220 x\nC: EHLO bar.com\nS: 500 a\nC: HELO bar.com\nS: 501 b", "501 b"),
        ("", "the server closed the connection"),
    ];
    for (script, expected) in rows {
        let (server, connection) = connections();
        let ((), client) =
            tokio::join!(play_server(server, script), greet(connection, Protocol::Smtp));
        let error = client.expect_err("no server").to_string();
        assert!(error.contains(expected), "{script}: {error}");
    }
}

#[tokio::test]
async fn answers_injected_behind_starttls_are_seen() {
    let script = "
        S: 220 x
        C: EHLO bar.com
        S: 250-x
        S: 250 STARTTLS
        C: STARTTLS
        S: 220 go
        S: 250 injected
    ";
    against(script, async |mut client: Client| {
        // All of it is there before the client looks.
        tokio::time::sleep(Duration::from_millis(20)).await;
        let any = ClientTls::opportunistic().expect("client");
        let name = net::server_name("x").expect("a name");
        assert!(client.start_tls(&any, name).await.is_err());
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_silent_server_is_given_up() {
    let (_server, connection) = connections();
    assert!(matches!(greet(connection, Protocol::Smtp).await, Err(Error::TimedOut)));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever a user writes arrives as it was, whichever way it is cut.
    #[test]
    fn what_is_sent_arrives(lines in prop::collection::vec("[ -~é]{0,20}|[.]{1,3}", 0..30)) {
        let content: String = lines.iter().flat_map(|line| [line.as_str(), "\r\n"]).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let arrived: Bytes = runtime.expect("a runtime").block_on(async {
            let house = house(Role::Mx);
            let (server, connection) = connections();
            let talking = async {
                let mut client = greet(connection, Protocol::Smtp).await.expect("greeted");
                let to = envelope("a@bar.com", &["b@foo.com"]);
                let outcome = client.send(&to, content.as_bytes()).await.expect("sent");
                assert_eq!(codes(&outcome), [250]);
                client.quit().await;
            };
            tokio::join!(house.session(server), talking);
            house.arrival().content
        });
        prop_assert_eq!(text(&arrived), content);
    }
}
