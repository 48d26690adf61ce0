use bytes::Bytes;
use model::{AccountId, MessageNumber, Role};
use net::{Shutdown, Tls};
use queue::{Notify, Queued, Recipient, Ret, Status};

use crate::mail_server::MailServer;
use crate::world::{MAIL, World};

fn to(address: &str) -> Recipient {
    Recipient::new(address.parse().unwrap())
}

#[tokio::test]
async fn a_mail_goes_out_without_bcc_and_stands_in_sent_with_it() {
    let (world, server) = World::with_server().await;
    world.submit(&["bob@x.org", "carol@x.org"]).await;
    world.after(0).await;
    let received = server.received();
    assert_eq!(received.len(), 1, "one copy for both");
    assert!(received[0].mail.starts_with("MAIL FROM:<alice@demo.test>"), "{}", received[0].mail);
    assert_eq!(received[0].rcpt, ["RCPT TO:<bob@x.org>", "RCPT TO:<carol@x.org>"]);
    assert!(received[0].data.contains("Subject: Lunch\r\n"));
    assert!(received[0].data.ends_with("At noon?\r\n.\r\n"), "the dot comes through");
    assert!(!received[0].data.contains("Bcc"), "{}", received[0].data);
    let sent = world.mailbox(world.alice, Role::Sent).await;
    assert!(String::from_utf8_lossy(&sent[0]).contains("Bcc: secret@x.org\r\n"));
    assert!(world.waiting().await.is_empty() && world.dsns(world.alice).await.is_empty());
}

#[tokio::test]
async fn local_recipients_get_it_too() {
    let (world, server) = World::with_server().await;
    world.submit(&["bob@demo.test", "bob@x.org"]).await;
    world.after(0).await;
    let inbox = world.mailbox(world.bob, Role::Inbox).await;
    let text = String::from_utf8_lossy(&inbox[0]).into_owned();
    assert!(text.contains("At noon?") && !text.contains("Bcc"), "{text}");
    assert_eq!(server.received().len(), 1);
    assert!(world.waiting().await.is_empty());
}

#[tokio::test]
async fn each_recipient_has_its_own_result() {
    let (world, server) = World::with_server().await;
    server.change(|s| {
        s.rcpt.insert("carol@x.org".into(), "550 5.1.1 No carol here".into());
        s.rcpt.insert("dave@x.org".into(), "450 4.2.0 Greylisted".into());
    });
    world.submit(&["bob@x.org", "carol@x.org", "dave@x.org"]).await;
    world.after(0).await;
    assert_eq!(server.received()[0].rcpt, ["RCPT TO:<bob@x.org>"]);
    let dsns = world.dsns(world.alice).await;
    assert_eq!(dsns.len(), 1);
    let (subject, human, status) = &dsns[0];
    assert_eq!(subject, "Not delivered: Lunch");
    assert!(human.contains("carol@x.org\n    There is no such address."), "{human}");
    assert!(human.contains("The server mx.x.org said: 550 5.1.1 No carol here"), "{human}");
    assert!(!human.contains("bob") && !human.contains("dave"), "{human}");
    assert!(status.contains("Final-Recipient: rfc822;carol@x.org\r\nAction: failed\r\nStatus: 5.1.1\r\nRemote-MTA: dns; mx.x.org\r\n"), "{status}");
    let waiting = world.waiting().await;
    let states: Vec<_> = waiting[0].recipients.iter().map(|r| r.status).collect();
    assert_eq!(states, [Status::Relayed { dsn: false }, Status::Failed, Status::Pending]);

    server.change(|s| s.rcpt.clear());
    world.after(59).await;
    assert_eq!(server.received().len(), 1, "not before a minute");
    world.after(1).await;
    assert_eq!(server.received()[1].rcpt, ["RCPT TO:<dave@x.org>"]);
    assert!(world.waiting().await.is_empty());
    assert_eq!(world.dsns(world.alice).await.len(), 1, "told once");
}

#[tokio::test]
async fn a_server_that_is_down_gets_its_mail_when_it_is_back() {
    let probe = std::net::TcpListener::bind("127.0.0.7:0").unwrap();
    let port = probe.local_addr().unwrap().port();
    drop(probe);
    let world = World::with(|config| config.port = port).await;
    world.zone.mx("x.org", 10, "mx.x.org");
    world.zone.a("mx.x.org", "127.0.0.7");
    world.submit(&["bob@x.org"]).await;
    for minutes in [0, 1, 5, 15, 39, 60] {
        world.after(minutes * 60).await;
    }
    assert!(world.dsns(world.alice).await.is_empty(), "no word in the first two hours");
    world.after(2 * 3600).await;
    let dsns = world.dsns(world.alice).await;
    assert_eq!(dsns.len(), 1, "after four hours");
    assert_eq!(dsns[0].0, "Delayed: Lunch");
    assert!(dsns[0].1.contains("You need not send it again"), "{}", dsns[0].1);
    assert!(dsns[0].2.contains("Action: delayed\r\nStatus: 4.4.1\r\n"), "{}", dsns[0].2);
    let server = MailServer::default();
    server.listen(&format!("127.0.0.7:{port}")).await;
    world.after(4 * 3600).await;
    assert_eq!(server.received().len(), 1);
    assert!(world.waiting().await.is_empty());
    assert_eq!(world.dsns(world.alice).await.len(), 1, "late is said once");
}

#[tokio::test]
async fn an_administrators_retry_is_an_attempt_even_at_once() {
    let probe = std::net::TcpListener::bind("127.0.0.7:0").unwrap();
    let port = probe.local_addr().unwrap().port();
    drop(probe);
    let world = World::with(|config| config.port = port).await;
    world.zone.mx("x.org", 10, "mx.x.org");
    world.zone.a("mx.x.org", "127.0.0.7");
    let id = world.submit(&["bob@x.org"]).await;
    world.after(0).await;
    let server = MailServer::default();
    server.listen(&format!("127.0.0.7:{port}")).await;
    world.queue.retry(id).await.unwrap();
    world.after(0).await;
    assert_eq!(server.received().len(), 1, "what is remembered of the server is forgotten");
}

#[tokio::test]
async fn a_server_that_stays_down_ends_in_a_dsn_after_five_days() {
    let probe = std::net::TcpListener::bind("127.0.0.8:0").unwrap();
    let port = probe.local_addr().unwrap().port();
    drop(probe);
    let world = World::with(|config| config.port = port).await;
    world.zone.mx("x.org", 10, "mx.x.org");
    world.zone.a("mx.x.org", "127.0.0.8");
    world.submit(&["bob@x.org"]).await;
    for _ in 0..(5 * 24) {
        world.after(3600).await;
    }
    assert!(world.waiting().await.is_empty());
    let dsns = world.dsns(world.alice).await;
    let subjects: Vec<_> = dsns.iter().map(|d| d.0.as_str()).collect();
    assert_eq!(subjects, ["Delayed: Lunch", "Not delivered: Lunch"]);
    assert!(dsns[1].1.contains("It was tried for 5 days without success."), "{}", dsns[1].1);
}

#[tokio::test]
async fn mail_exchangers_are_tried_in_their_order() {
    let (world, best) = World::with_server().await;
    let second = MailServer::default();
    second.listen(&format!("127.0.0.2:{}", world.config.port)).await;
    world.zone.mx("y.org", 30, "mx.x.org");
    world.zone.mx("y.org", 20, "two.y.org");
    world.zone.mx("y.org", 10, "one.y.org");
    world.zone.a("one.y.org", "127.0.0.3");
    world.zone.a("two.y.org", "127.0.0.2");
    world.submit(&["bob@y.org"]).await;
    world.after(0).await;
    assert_eq!((best.received().len(), second.received().len()), (0, 1), "one.y.org is down");
}

#[tokio::test]
async fn a_greeting_that_refuses_leads_to_the_next_exchanger() {
    let (world, best) = World::with_server().await;
    best.change(|s| s.greeting = Some("421 4.3.2 too busy".into()));
    let second = MailServer::default();
    second.listen(&format!("127.0.0.2:{}", world.config.port)).await;
    world.zone.mx("x.org", 20, "two.x.org");
    world.zone.a("two.x.org", "127.0.0.2");
    world.submit(&["bob@x.org"]).await;
    world.after(0).await;
    assert_eq!((best.received().len(), second.received().len()), (0, 1));
}

#[tokio::test]
async fn without_mx_the_domain_itself_is_asked_also_by_its_alias() {
    let (world, server) = World::with_server().await;
    world.zone.a("y.org", "127.0.0.1");
    world.zone.alias("z.org", "x.org");
    world.submit(&["bob@y.org"]).await;
    world.submit(&["bob@z.org"]).await;
    world.submit(&["bob@[127.0.0.1]"]).await;
    world.after(0).await;
    assert_eq!(server.received().len(), 3);
    assert!(world.waiting().await.is_empty());
}

#[tokio::test]
async fn domains_that_take_no_mail_are_told_at_once() {
    let (world, _) = World::with_server().await;
    world.zone.mx("null.org", 0, "");
    world.zone.mx("lost.org", 5, "nowhere.lost.org");
    world.submit(&["bob@null.org", "bob@gone.org", "bob@lost.org"]).await;
    world.after(0).await;
    assert!(world.waiting().await.is_empty());
    let dsns = world.dsns(world.alice).await;
    assert_eq!(dsns.len(), 1);
    for expected in ["Status: 5.1.10", "Status: 5.1.2", "Status: 5.4.4"] {
        assert!(dsns[0].2.contains(expected), "{expected}: {}", dsns[0].2);
    }
    assert!(
        dsns[0].1.contains("The domain gone.org does not exist, or takes no mail."),
        "{}",
        dsns[0].1
    );
}

#[tokio::test]
async fn trouble_with_the_dns_only_delays() {
    let (world, server) = World::with_server().await;
    world.zone.broken("x.org");
    world.submit(&["bob@x.org"]).await;
    world.after(0).await;
    let waiting = world.waiting().await;
    assert_eq!(waiting[0].recipients[0].status, Status::Pending);
    world.zone.mend();
    world.after(60).await;
    assert_eq!(server.received().len(), 1);
}

#[tokio::test]
async fn an_unknown_user_comes_back_in_the_senders_language() {
    let (world, server) = World::with_server().await;
    server.change(|s| drop(s.rcpt.insert("nobody@x.org".into(), "550 5.1.1 no such user".into())));
    let mail = MAIL.replace("alice@", "bob@");
    world.submit_mail(world.bob, "bob@demo.test", vec![to("nobody@x.org")], &mail).await;
    world.after(0).await;
    let dsns = world.dsns(world.bob).await;
    assert!(dsns[0].1.contains("Cette adresse n’existe pas."), "{}", dsns[0].1);
    assert!(dsns[0].1.contains("550 5.1.1 no such user"), "{}", dsns[0].1);
}

#[tokio::test]
async fn tls_is_used_where_it_is_offered() {
    net::install_provider();
    let (world, server) = World::with_server().await;
    let data = tempfile::tempdir().unwrap();
    let tls = Tls::self_signed("mx.x.org", data.path()).unwrap();
    server.change(|s| {
        s.offers.push("STARTTLS".into());
        s.tls = Some(tls);
    });
    world.submit(&["bob@x.org"]).await;
    world.after(0).await;
    assert!(server.received()[0].over_tls);
}

#[tokio::test]
async fn broken_tls_falls_back_to_clear() {
    let (world, server) = World::with_server().await;
    server.change(|s| s.offers.push("STARTTLS".into()));
    world.submit(&["bob@x.org"]).await;
    world.after(0).await;
    assert_eq!(server.received().len(), 1);
    assert!(!server.received()[0].over_tls);
    assert!(server.commands().contains(&"STARTTLS".to_owned()));
}

#[tokio::test]
async fn one_conversation_carries_several_mails() {
    let (world, server) = World::with_server_and(|config| config.max_mails = 1).await;
    for _ in 0..3 {
        world.submit(&["bob@x.org"]).await;
    }
    world.after(0).await;
    assert_eq!((server.received().len(), server.connections()), (3, 1));
}

#[tokio::test]
async fn a_kept_conversation_that_ended_is_begun_again() {
    let (world, server) = World::with_server_and(|config| config.max_mails = 1).await;
    world.submit(&["bob@x.org"]).await;
    world.after(0).await;
    server.change(|s| s.hang_ups = 1);
    world.submit(&["bob@x.org"]).await;
    world.after(0).await;
    assert_eq!((server.received().len(), server.connections()), (2, 2));
}

#[tokio::test]
async fn no_more_connections_than_allowed() {
    let (world, server) =
        World::with_server_and(|config| config.max_connections_per_host = 2).await;
    for _ in 0..12 {
        world.submit(&["bob@x.org"]).await;
    }
    world.after(0).await;
    assert_eq!(server.received().len(), 12);
    assert!(server.connections() <= 2, "{}", server.connections());
}

#[tokio::test]
async fn loops_end() {
    let (world, server) = World::with_server().await;
    world.zone.mx("mine.org", 10, "mail.demo.test");
    world.zone.mx("mine.org", 20, "mx.x.org");
    world.submit(&["bob@mine.org"]).await;
    world.after(0).await;
    let dsns = world.dsns(world.alice).await;
    assert!(dsns[0].2.contains("Status: 5.4.6\r\n"), "{}", dsns[0].2);
    let circling = format!("{}{MAIL}", "Received: from a by b\r\n".repeat(51));
    let from = Some("someone@x.org".parse().unwrap());
    let mailer = mailer_mail(&world, from, "bob@x.org", circling).await;
    world.queue.put(mailer.0, mailer.1).await.unwrap();
    world.after(0).await;
    let received = server.received();
    assert_eq!(received.len(), 1, "only the DSN: {received:?}");
    assert!(received[0].mail.starts_with("MAIL FROM:<>"), "{}", received[0].mail);
    assert!(received[0].data.contains("Status: 5.4.6\r\n"));
}

async fn mailer_mail(
    world: &World,
    from: Option<model::Address>,
    recipient: &str,
    content: String,
) -> (mailstore::NewMessage, Queued) {
    let now = world.clock.now();
    let new = mailstore::NewMessage::new(content.as_bytes(), now);
    let queued = Queued::new(MessageNumber(0), new.blob(), from, vec![to(recipient)], now, now);
    (new, queued)
}

#[tokio::test]
async fn a_dsn_to_outside_is_queued_and_no_dsn_follows_a_dsn() {
    let (world, server) = World::with_server().await;
    server.change(|s| {
        s.rcpt.insert("nobody@x.org".into(), "550 5.1.1 no".into());
        s.rcpt.insert("someone@x.org".into(), "450 4.2.0 later".into());
    });
    let from = Some("someone@x.org".parse().unwrap());
    let (new, queued) = mailer_mail(&world, from, "nobody@x.org", MAIL.to_owned()).await;
    world.queue.put(new, queued).await.unwrap();
    world.after(0).await;
    let waiting = world.waiting().await;
    assert_eq!(waiting.len(), 1, "the DSN waits");
    assert_eq!((&waiting[0].reverse_path, waiting[0].recipients[0].notify), (&None, Notify::Never));
    server.change(|s| drop(s.rcpt.insert("someone@x.org".into(), "550 5.1.1 no".into())));
    world.after(3600).await;
    assert!(world.waiting().await.is_empty(), "and ends without another");
    assert!(server.received().is_empty());
    let mailer = world.store.account(AccountId::MAILER).await.unwrap();
    assert_eq!(mailer.read(|state| state.usage().messages).await.unwrap(), 0);
}

#[tokio::test]
async fn dsn_parameters_are_passed_on_or_answered_here() {
    let (world, server) = World::with_server().await;
    server.change(|s| s.offers.push("DSN".into()));
    let asked = || {
        let notify = "SUCCESS,FAILURE".parse().unwrap();
        vec![to("bob@x.org").with_dsn(notify, Some("rfc822;B+2Bob@x.org".parse().unwrap()))]
    };
    let id = world.submit_mail(world.alice, "alice@demo.test", asked(), MAIL).await;
    assert_eq!(world.queue.show(id).await.unwrap().ret, None::<Ret>);
    world.after(0).await;
    let rcpt = &server.received()[0].rcpt[0];
    assert_eq!(rcpt, "RCPT TO:<bob@x.org> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;B+2Bob@x.org");
    assert!(world.dsns(world.alice).await.is_empty(), "the next server reports");

    let (world, server) = World::with_server().await;
    world.submit_mail(world.alice, "alice@demo.test", asked(), MAIL).await;
    world.after(0).await;
    assert_eq!(server.received()[0].rcpt[0], "RCPT TO:<bob@x.org>");
    let dsns = world.dsns(world.alice).await;
    assert!(dsns[0].2.contains("Original-Recipient: rfc822;B+ob@x.org\r\n"), "{}", dsns[0].2);
    assert!(dsns[0].2.contains("Action: relayed\r\nStatus: 2.0.0\r\n"), "{}", dsns[0].2);
    assert!(dsns[0].1.contains("sends no confirmation"), "{}", dsns[0].1);
}

#[tokio::test]
async fn a_server_of_seven_bits_gets_seven_bits() {
    let (world, server) = World::with_server().await;
    server.change(|s| s.offers.clear());
    let mail = "From: alice@demo.test\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nDéjà vu\r\n";
    world.submit_mail(world.alice, "alice@demo.test", vec![to("bob@x.org")], mail).await;
    world.after(0).await;
    let received = server.received();
    assert!(received[0].data.contains("Content-Transfer-Encoding: quoted-printable\r\n"));
    assert!(received[0].data.ends_with("D=C3=A9j=C3=A0 vu\r\n"), "{}", received[0].data);
    assert!(!received[0].mail.contains("BODY"), "{}", received[0].mail);

    let signed = "From: alice@demo.test\r\nContent-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\nDéjà\r\n--b--\r\n";
    world.submit_mail(world.alice, "alice@demo.test", vec![to("bob@x.org")], signed).await;
    world.after(0).await;
    assert_eq!(server.received().len(), 1);
    let dsns = world.dsns(world.alice).await;
    assert!(dsns[0].2.contains("Status: 5.6.3\r\n"), "{}", dsns[0].2);
}

#[tokio::test]
async fn addresses_beyond_ascii_need_smtputf8() {
    let (world, server) = World::with_server().await;
    world.submit(&["bob@x.org", "élodie@x.org"]).await;
    world.after(0).await;
    assert_eq!(server.received()[0].rcpt, ["RCPT TO:<bob@x.org>"], "the others are not hurt");
    assert!(world.waiting().await.is_empty());

    let (world, server) = World::with_server().await;
    server.change(|s| s.offers.push("SMTPUTF8".into()));
    world.submit(&["élodie@x.org"]).await;
    world.after(0).await;
    assert!(server.received()[0].mail.ends_with(" SMTPUTF8"), "{}", server.received()[0].mail);
}

#[tokio::test]
async fn a_mail_too_large_is_not_sent() {
    let (world, server) = World::with_server().await;
    server.change(|s| s.offers.push("SIZE 100".into()));
    world.submit(&["bob@x.org"]).await;
    world.after(0).await;
    assert!(server.received().is_empty());
    let dsns = world.dsns(world.alice).await;
    assert!(dsns[0].2.contains("Status: 5.3.4\r\n"), "{}", dsns[0].2);
}

#[tokio::test]
async fn the_answer_to_the_message_counts() {
    let (world, server) = World::with_server().await;
    server.change(|s| s.message = Some("451 4.3.0 disk full".into()));
    world.submit(&["bob@x.org"]).await;
    world.after(0).await;
    assert_eq!(world.waiting().await[0].recipients[0].status, Status::Pending);
    server.change(|s| s.message = Some("554 5.7.1 spam".into()));
    world.after(60).await;
    assert!(world.waiting().await.is_empty());
    let dsns = world.dsns(world.alice).await;
    assert!(dsns[0].1.contains("it may take it for spam"), "{}", dsns[0].1);
}

#[tokio::test]
async fn fixed_routes_and_smarthosts_go_before_the_dns() {
    let (world, server) = World::with_server_and(|config| {
        config.hosts.insert("fixed.org".into(), vec![format!("127.0.0.1:{}", config.port)]);
    })
    .await;
    world.submit(&["bob@fixed.org"]).await;
    world.after(0).await;
    assert_eq!(server.received().len(), 1);

    let smart = MailServer::default();
    let (address, _) = smart.listen("127.0.0.1:0").await;
    let world = World::with(|config| {
        config.smarthost = Some(relay::Smarthost {
            host: "127.0.0.1".into(),
            port: address.port(),
            tls: relay::SmarthostTls::None,
            user: None,
            password: None,
            authority: None,
        });
    })
    .await;
    world.submit(&["bob@anywhere.org", "carol@elsewhere.org"]).await;
    world.after(0).await;
    assert_eq!(smart.received().len(), 1, "one copy for all");
    assert_eq!(smart.received()[0].rcpt.len(), 2);
}

#[tokio::test]
async fn a_smarthost_is_verified_before_it_gets_a_password() {
    let data = tempfile::tempdir().unwrap();
    let tls = Tls::self_signed("localhost", data.path()).unwrap();
    let authority = data.path().join("tls/cert.pem");
    for (host, implicit, good) in
        [("localhost", false, true), ("localhost", true, true), ("smart.x.org", false, false)]
    {
        let smart = MailServer::default();
        smart.change(|s| {
            s.offers = vec!["STARTTLS".into(), "AUTH PLAIN LOGIN".into()];
            s.tls = Some(tls.clone());
            s.implicit_tls = implicit;
        });
        let (address, _) = smart.listen("127.0.0.1:0").await;
        let world = World::with(|config| {
            config.smarthost = Some(relay::Smarthost {
                host: host.into(),
                port: address.port(),
                tls: match implicit {
                    true => relay::SmarthostTls::Implicit,
                    false => relay::SmarthostTls::Starttls,
                },
                user: Some("alice".into()),
                password: Some(model::Secret::new("hunter2")),
                authority: Some(authority.clone()),
            });
        })
        .await;
        world.zone.a(host, "127.0.0.1");
        world.submit(&["bob@anywhere.org"]).await;
        world.after(0).await;
        let signed_in = smart.commands().iter().any(|c| c == "AUTH PLAIN AGFsaWNlAGh1bnRlcjI=");
        assert_eq!((signed_in, smart.received().len()), (good, usize::from(good)), "{host}");
        if good {
            assert!(smart.received()[0].over_tls);
        } else {
            // The settings may be mended while the mail waits.
            assert_eq!(world.waiting().await[0].recipients[0].status, Status::Pending);
        }
    }
}

#[tokio::test]
async fn many_recipients_are_named_in_portions() {
    let (world, server) =
        World::with_server_and(|config| config.max_recipients_per_transaction = 40).await;
    let all: Vec<String> = (0..100).map(|n| format!("r{n}@x.org")).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    world.submit(&all).await;
    world.after(0).await;
    let mut counts: Vec<usize> = server.received().iter().map(|r| r.rcpt.len()).collect();
    counts.sort_unstable();
    assert_eq!(counts, [20, 40, 40]);
}

#[tokio::test]
async fn recipients_beyond_the_limit_of_a_server_follow_at_once() {
    let (world, server) = World::with_server().await;
    server.change(|s| s.max_rcpt = 2);
    world.submit(&["a@x.org", "b@x.org", "c@x.org", "d@x.org", "e@x.org"]).await;
    world.after(0).await;
    let counts: Vec<usize> = server.received().iter().map(|r| r.rcpt.len()).collect();
    assert_eq!((counts, server.connections()), (vec![2, 2, 1], 1));
    assert!(world.waiting().await.is_empty());
}

#[tokio::test]
async fn the_robot_wakes_for_new_mail_and_stops_when_told() {
    let (world, server) = World::with_server().await;
    let (relay, shutdown) = (world.relay.clone(), Shutdown::new());
    let told = shutdown.clone();
    let robot = tokio::spawn(async move { relay.run(told).await });
    world.submit(&["bob@x.org"]).await;
    for _ in 0..500 {
        if !server.received().is_empty() && world.queue.is_empty() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    assert_eq!(server.received().len(), 1);
    shutdown.begin();
    tokio::time::timeout(std::time::Duration::from_secs(10), robot).await.unwrap().unwrap();
}

#[tokio::test]
async fn mail_taken_over_by_the_mailer_is_delivered_and_reported() {
    let (world, _) = World::with_server().await;
    let content = Bytes::from_static(MAIL.as_bytes());
    let from = "alice@demo.test".parse().ok();
    let to = ["bob@demo.test", "nobody@demo.test"].map(|a| a.parse().unwrap());
    world.delivery.queue_for_mailer(from, to.into(), &content).await.unwrap();
    world.after(0).await;
    assert_eq!(world.mailbox(world.bob, Role::Inbox).await.len(), 1);
    let dsns = world.dsns(world.alice).await;
    assert!(
        dsns[0].2.contains(
            "Final-Recipient: rfc822;nobody@demo.test\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        ),
        "{}",
        dsns[0].2
    );
    assert!(world.waiting().await.is_empty());
}
