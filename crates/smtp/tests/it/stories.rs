//! Mail on its way into the house.

use model::{Role as MailboxRole, Secret};
use net::{ClientTls, Connection, Limits, server_name};
use smtp::client::{Client, Error, Protocol, Timeouts};
use smtp::{Config, Role};

use crate::house::{House, address, envelope};

const MAIL: &[u8] = b"From: carol@bar.com\r\nSubject: hello\r\n\r\n.dot\r\n\r\nend\r\n";

fn codes(outcome: &[smtp::client::Response]) -> Vec<u16> {
    outcome.iter().map(|response| response.code).collect()
}

#[tokio::test]
async fn mail_from_outside_arrives_byte_for_byte() {
    let house = House::new().await;
    let mut client = house.client(Role::Mx).await;
    let any = ClientTls::opportunistic().expect("client");
    client.start_tls(&any, server_name("mail.example.org").expect("a name")).await.expect("TLS");
    let to = [
        "alice@example.org",
        "nobody@example.org",
        "bob+news@example.org",
        "carol@elsewhere.net",
        "postmaster@example.org",
    ];
    let outcome = client.send(&envelope("carol@bar.com", &to), MAIL).await.expect("sent");
    assert_eq!(codes(&outcome), [250, 550, 250, 550, 250]);
    let of_alice = house.mailbox(house.alice, MailboxRole::Inbox).await;
    assert_eq!(of_alice.len(), 1, "once, though postmaster leads to her too");
    let (prefix, rest) = of_alice[0].split_at(of_alice[0].len() - MAIL.len());
    assert_eq!(rest.as_bytes(), MAIL);
    assert!(prefix.starts_with("Return-Path: <carol@bar.com>\r\n"), "{prefix}");
    assert!(prefix.contains("from bar.com ([192.0.2.1])"), "{prefix}");
    assert!(prefix.contains("with ESMTPS\r\n\t(TLS1.3:TLS_"), "{prefix}");
    assert_eq!(house.mailbox(house.bob, MailboxRole::Inbox).await.len(), 1);
    client.quit().await;
}

#[tokio::test]
async fn lmtp_answers_for_each() {
    let house = House::new().await;
    let mut client = house.client(Role::Lmtp).await;
    let to = ["alice@example.org", "nobody@example.org", "alice@example.org"];
    let outcome = client.send(&envelope("", &to), MAIL).await.expect("sent");
    assert_eq!(codes(&outcome), [250, 550, 250]);
    assert_eq!(house.mailbox(house.alice, MailboxRole::Inbox).await.len(), 1);
    client.quit().await;
}

#[tokio::test]
async fn a_submission_goes_to_the_outbox() {
    let house = House::new().await;
    let mut client = house.client(Role::Submission).await;
    let any = ClientTls::opportunistic().expect("client");
    client.start_tls(&any, server_name("mail.example.org").expect("a name")).await.expect("TLS");
    let unsigned = client.send(&envelope("alice@example.org", &["x@y.zz"]), MAIL).await;
    assert_eq!(codes(&unsigned.expect("answered")), [530]);
    let wrong = client.auth_plain("alice@example.org", &Secret::new("wrong")).await;
    assert!(matches!(wrong, Err(Error::Refused(response)) if response.code == 535));
    client.auth_plain("alice@example.org", &Secret::new("secret")).await.expect("signed in");

    let mail = b"From: alice@example.org\r\nSubject: hi\r\n\r\nbare\nlines\r\n";
    let as_bob = client.send(&envelope("bob@example.org", &["x@y.zz"]), mail).await;
    assert_eq!(codes(&as_bob.expect("answered")), [550]);
    let forged = client.send(&envelope("alice@example.org", &["x@y.zz"]), MAIL).await;
    assert_eq!(codes(&forged.expect("answered")), [550], "From is somebody else");
    let to = envelope("alice@example.org", &["x@y.zz", "nobody@example.org"]);
    let outcome = client.send(&to, mail).await.expect("sent");
    assert_eq!(codes(&outcome), [250, 550]);
    let waiting = house.mailbox(house.alice, MailboxRole::Outbox).await;
    assert_eq!(waiting.len(), 1);
    assert!(waiting[0].ends_with("\r\n\r\nbare\r\nlines\r\n"), "{}", waiting[0]);

    house.directory.suspend(house.alice, true).await.expect("suspended");
    let outcome = client.send(&to, mail).await.expect("answered");
    assert_eq!(codes(&outcome), [550, 550], "signed in before, but no more");
    client.quit().await;
}

/// The same over sockets, where many knock at once.
#[tokio::test]
async fn doors_are_limited_and_close() {
    let house = House::new().await;
    let listener = net::bind(([127, 0, 0, 1], 0).into()).expect("a port");
    let port = listener.local_addr().expect("an address");
    assert_eq!(Config::default().connections, Limits::default());
    let server = house.server.clone();
    let serving = tokio::spawn(async move { server.serve(listener, Role::Mx).await });

    let sending = (0..20).map(|n| async move {
        let stream = net::connect(port, std::time::Duration::from_secs(5)).await.expect("open");
        let connection = Connection::plain(stream, port);
        let greeted = Client::greet(connection, Protocol::Smtp, "bar.com", Timeouts::default());
        let mut client = greeted.await.expect("greeted");
        let to = if n % 2 == 0 { "alice@example.org" } else { "bob@example.org" };
        let outcome = client.send(&envelope("", &[to]), MAIL).await.expect("sent");
        assert_eq!(codes(&outcome), [250]);
        client.quit().await;
    });
    let tasks: Vec<_> = sending.map(tokio::spawn).collect();
    for task in tasks {
        task.await.expect("sent");
    }
    assert_eq!(house.mailbox(house.alice, MailboxRole::Inbox).await.len(), 10);
    assert_eq!(house.mailbox(house.bob, MailboxRole::Inbox).await.len(), 10);
    house.shutdown.begin();
    serving.await.expect("ends");
}

#[tokio::test]
async fn a_socket_in_the_file_system() {
    let house = House::new().await;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("lmtp");
    let listener = tokio::net::UnixListener::bind(&path).expect("bound");
    let server = house.server.clone();
    let serving = tokio::spawn(async move { server.serve_unix(listener, Role::Lmtp).await });
    let stream = tokio::net::UnixStream::connect(&path).await.expect("open");
    let connection = Connection::plain(stream, net::test_support::peer());
    let greeted = Client::greet(connection, Protocol::Lmtp, "mta", Timeouts::default()).await;
    let mut client = greeted.expect("greeted");
    let outcome = client.send(&envelope("", &["bob@example.org"]), MAIL).await.expect("sent");
    assert_eq!(codes(&outcome), [250]);
    client.quit().await;
    house.shutdown.begin();
    serving.await.expect("ends");
    assert!(house.directory.account_by_address(&address("bob@example.org")).is_some());
}
