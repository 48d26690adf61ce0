//! Ports 587 and 465.

use net::test_support::connections;
use net::{ClientTls, ReadError};
use queue::{Notify, Ret};

use super::*;

const HELLO: &str = "
    C: EHLO laptop
    S: 250-foo.com
    S: 250-PIPELINING
    S: 250-SIZE 52428800
    S: 250-8BITMIME
    S: 250-SMTPUTF8
    S: 250-CHUNKING
    S: 250-ENHANCEDSTATUSCODES
    S: 250-DSN
    S: 250 AUTH PLAIN LOGIN
";

/// `AUTH PLAIN` for user and password, with what stands before them.
fn plain(authzid: &str, user: &str, password: &str) -> String {
    data_encoding::BASE64.encode(format!("{authzid}\0{user}\0{password}").as_bytes())
}

fn smith() -> String {
    plain("", "smith@foo.com", "secret")
}

#[test]
fn nothing_goes_in_clear() {
    let (_data, tls) = certificate();
    let house = House { tls: Some(tls), ..house(Role::Submission) };
    house.plays(&format!(
        "
        C: EHLO laptop
        S: 250-foo.com
        S: 250-PIPELINING
        S: 250-SIZE 52428800
        S: 250-8BITMIME
        S: 250-SMTPUTF8
        S: 250-CHUNKING
        S: 250-ENHANCEDSTATUSCODES
        S: 250-DSN
        S: 250 STARTTLS
        C: AUTH PLAIN {}
        S: 538 5.7.11 A password must not be sent in clear; STARTTLS first
        C: MAIL FROM:<smith@foo.com>
        S: 530 5.7.0 Must issue a STARTTLS command first
        C: STARTTLS now
        S: 501 5.5.4 This command takes no argument
    ",
        smith()
    ));
}

/// RFC 4954 §4.
#[test]
fn signing_in_and_sending() {
    let house = House::trusting();
    house.plays(&format!(
        "{HELLO}
        C: MAIL FROM:<smith@foo.com>
        S: 530 5.7.0 Sign in first (AUTH)
        C: AUTH PLAIN
        S: 334 [...]
        C: {}
        S: 235 2.7.0 Authentication succeeded
        C: AUTH PLAIN {}
        S: 503 5.5.1 You are signed in already
        C: MAIL FROM:<jones@foo.com>
        S: 550 5.7.1 You may not write as this
        C: MAIL FROM:<smith@foo.com> SIZE=12 RET=HDRS ENVID=QQ+2B1 AUTH=<>
        S: 250 2.1.0 Ok
        C: RCPT TO:<Green@foo.com>
        S: 550 5.1.1 No such user here
        C: RCPT TO:<bob@xyz.com> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;Bob@xyz.com
        S: 250 2.1.5 Ok
        C: DATA
        S: 354 [...]
        C+: one\\rtwo\\n.\\nthree\\r\\n.\\r\\n
        S: 250 2.0.0 Ok, 1234-0
        C: QUIT
        S: 221 [...]
        S: [closed]
    ",
        smith(),
        smith()
    ));
    let submission = house.submission();
    assert_eq!(text(&submission.content), "one\r\ntwo\r\n.\r\nthree\r\n");
    assert_eq!(submission.ret, Some(Ret::Headers));
    assert_eq!(submission.envid.as_deref(), Some("QQ+1"));
    let recipient = &submission.recipients[0];
    let wanted = Notify::When { success: true, failure: false, delay: true };
    assert_eq!((recipient.address.to_string().as_str(), recipient.notify), ("bob@xyz.com", wanted));
    let orcpt = recipient.orcpt.as_ref().expect("given");
    assert_eq!((orcpt.kind.as_str(), orcpt.address.as_str()), ("rfc822", "Bob@xyz.com"));
    assert_eq!(submission.trace.protocol, "ESMTPA");
    assert_eq!(submission.delay_seconds, 0);
}

#[test]
fn signing_in_with_login() {
    let encode = |text: &str| data_encoding::BASE64.encode(text.as_bytes());
    let (user, password) = (encode("smith@foo.com"), encode("secret"));
    House::trusting().plays(&format!(
        "{HELLO}
        C: AUTH LOGIN
        S: 334 VXNlcm5hbWU6
        C: {user}
        S: 334 UGFzc3dvcmQ6
        C: *
        S: 501 5.7.0 Authentication cancelled
        C: AUTH LOGIN {user}
        S: 334 UGFzc3dvcmQ6
        C: {password}
        S: 235 2.7.0 Authentication succeeded
    "
    ));
}

#[test]
fn signing_in_wrongly() {
    let rows = [
        (plain("", "smith@foo.com", "wrong"), "535 5.7.8 Name or password is not right"),
        (plain("", "nobody@foo.com", "secret"), "535 5.7.8 Name or password is not right"),
        (
            plain("jones@foo.com", "smith@foo.com", "secret"),
            "535 5.7.8 Name or password is not right",
        ),
        (plain("", "jones@foo.com", "secret"), "535 5.7.13 The account is suspended"),
        (plain("", "fast@foo.com", "x"), "454 4.7.0 Too many attempts; try again in 8 s"),
        (plain("", "broken@foo.com", "x"), "454 4.7.0 Temporary failure; try again in a minute"),
        ("=".into(), "501 5.5.2 The response is not as it must be"),
        ("AAA".into(), "501 5.5.2 The response is not base64"),
        ("AGE=".into(), "501 5.5.2 The response is not as it must be"),
    ];
    for (response, answer) in rows {
        House::trusting().plays(&format!(
            "{HELLO}
            C: AUTH PLAIN {response}
            S: {answer}
            C: MAIL FROM:<smith@foo.com>
            S: 530 5.7.0 Sign in first (AUTH)
        "
        ));
    }
    House::trusting().plays(&format!(
        "{HELLO}
        C: AUTH CRAM-MD5
        S: 504 5.5.4 The mechanism is not offered
        C: AUTH
        S: 501 5.5.4 Say AUTH and a mechanism
    "
    ));
}

#[test]
fn five_wrong_passwords_are_enough() {
    let wrong = plain("", "smith@foo.com", "wrong");
    let tries = format!("C: AUTH PLAIN {wrong}\nS: 535 [...]\n").repeat(5);
    House::trusting().plays(&format!("{HELLO}\n{tries}\nS: [closed]"));
}

/// RFC 3207 §4.2: what was said before counts for nothing afterwards, and what
/// came behind STARTTLS in clear is thrown away.
#[tokio::test]
async fn starttls() {
    let (_data, tls) = certificate();
    let house = House { tls: Some(tls), ..house(Role::Submission) };
    let (server, mut client) = connections();
    let patience = std::time::Duration::from_secs(10);
    let serving = tokio::spawn(house.session(server));
    let talking = async {
        let mut said = Vec::new();
        let mut hear = async |client: &mut Connection| {
            let line = client.read_line(1000, patience).await.expect("an answer");
            said.push(text(&line).to_owned());
            text(&line).to_owned()
        };
        hear(&mut client).await;
        client.send(b"EHLO laptop\r\n").await.expect("taken");
        while hear(&mut client).await.starts_with("250-") {}
        client.send(b"STARTTLS\r\nNOOP\r\nMAIL FROM:<smith@foo.com>\r\n").await.expect("taken");
        assert_eq!(hear(&mut client).await, "220 2.0.0 Ready to start TLS");
        let name = net::server_name("foo.com").expect("a name");
        let any = ClientTls::opportunistic().expect("client");
        client.start_tls_as_client(&any, name).await.expect("handshake");
        client.send(b"MAIL FROM:<smith@foo.com>\r\n").await.expect("taken");
        assert_eq!(hear(&mut client).await, "503 5.5.1 Say EHLO first");
        client.send(b"EHLO laptop\r\n").await.expect("taken");
        let mut last = hear(&mut client).await;
        while last.starts_with("250-") {
            last = hear(&mut client).await;
        }
        assert_eq!(last, "250 AUTH PLAIN LOGIN");
        let auth = format!("AUTH PLAIN {}\r\nSTARTTLS\r\n", smith());
        client.send(auth.as_bytes()).await.expect("taken");
        assert_eq!(hear(&mut client).await, "235 2.7.0 Authentication succeeded");
        assert_eq!(hear(&mut client).await, "503 5.5.1 TLS is active already");
        let message = b"MAIL FROM:<>\r\nRCPT TO:<a@b.c>\r\nBDAT 2 LAST\r\n\r\nQUIT\r\n";
        client.send(message).await.expect("taken");
        for beginning in ["250 2.1.0", "250 2.1.5", "250 2.0.0", "221"] {
            let line = hear(&mut client).await;
            assert!(line.starts_with(beginning), "{line}");
        }
        assert!(matches!(client.read_line(100, patience).await, Err(ReadError::Closed)));
    };
    talking.await;
    serving.await.expect("ends");
    let trace = house.submission().trace;
    assert_eq!(trace.protocol, "ESMTPSA");
    assert!(trace.tls.expect("TLS").starts_with("TLS1.3:TLS_"));
}
