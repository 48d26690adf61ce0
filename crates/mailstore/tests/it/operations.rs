//! Each operation by itself.

use std::sync::Arc;

use engine::Faults;
use mailstore::{Error, FlagChange, FlagMode, OnExpunge, Policy, Rules, Tx};
use model::{Flags, MailboxName, ModSeq, Ranges, Role};

use crate::support::{Bench, mail, uid_list};

const HELLO: &str = "From: a@x.org\nSubject: hello\nMessage-ID: <1@x.org>\n\nText.\n";
const REPLY: &str =
    "From: b@x.org\nSubject: Re: hello\nMessage-ID: <2@x.org>\nIn-Reply-To: <1@x.org>\n\nAnswer.\n";

fn all() -> Ranges {
    Ranges::between(1, u32::MAX)
}

fn deleted() -> FlagChange {
    FlagChange { mode: FlagMode::Add, flags: Flags::NONE, keywords: vec![], deleted: true }
}

#[tokio::test]
async fn a_new_account_has_every_role() {
    let bench = Bench::new().await;
    let names = bench.alice.read(|s| s.mailboxes().map(|m| m.name.to_string()).collect::<Vec<_>>());
    let expected = ["All Mail", "Drafts", "INBOX", "Outbox", "Sent", "Spam", "Trash"];
    assert_eq!(names.await.unwrap(), expected);
}

#[tokio::test]
async fn a_message_comes_back_byte_for_byte() {
    let mut bench = Bench::new().await;
    let inbox = bench.role(Role::Inbox).await;
    let new = mail(HELLO).with_prefix(&b"Return-Path: <a@x.org>\r\n"[..]);
    let number = bench.alice.write(move |tx| tx.append(&new, &[inbox])).await.unwrap().number;
    bench.reopen().await;
    let content = bench.alice.content(number).await.unwrap().unwrap();
    let expected = format!("Return-Path: <a@x.org>\n{HELLO}").replace('\n', "\r\n");
    assert_eq!(content, expected);
    let record = bench.alice.record(number).await.unwrap().unwrap();
    assert_eq!(record.size, expected.len() as u64);
    let text = message::section(&content, &record.facts, &[], &message::Section::Text).unwrap();
    assert_eq!(&*text, b"Text.\r\n");
    let usage = bench.alice.read(|s| s.usage()).await.unwrap();
    assert_eq!((usage.bytes, usage.messages), (expected.len() as u64, 1));
    assert_eq!(bench.uids(Role::All).await, [1], "All Mail holds it too");
}

#[tokio::test]
async fn spam_and_trash_exclude_the_rest() {
    let bench = Bench::new().await;
    let number = bench.append(HELLO, Role::Inbox).await;
    bench.alice.write(move |tx| tx.trash(&[number])).await.unwrap();
    for (role, expected) in [(Role::Inbox, vec![]), (Role::All, vec![]), (Role::Trash, vec![1])] {
        assert_eq!(bench.uids(role).await, expected, "{role}");
    }
    let (trash, work) = (bench.role(Role::Trash).await, "Work".parse::<MailboxName>().unwrap());
    let copied = bench.alice.write(move |tx| {
        let work = tx.create_mailbox(&work)?;
        tx.copy(trash, &all(), work)
    });
    assert_eq!(uid_list(&copied.await.unwrap().to), [1]);
    for (role, expected) in [(Role::Inbox, vec![]), (Role::All, vec![2]), (Role::Trash, vec![])] {
        assert_eq!(bench.uids(role).await, expected, "{role}");
    }
}

#[tokio::test]
async fn copy_labels_and_only_into_itself_doubles() {
    let bench = Bench::new().await;
    let number = bench.append(HELLO, Role::Inbox).await;
    let (inbox, all_mail) = (bench.role(Role::Inbox).await, bench.role(Role::All).await);
    let into_all = bench.alice.write(move |tx| tx.copy(inbox, &all(), all_mail)).await.unwrap();
    assert_eq!(uid_list(&into_all.to), [1], "its UID in All Mail stays");
    let work: MailboxName = "Work/Urgent".parse().unwrap();
    let work = bench.alice.write(move |tx| tx.create_mailbox(&work)).await.unwrap();
    for expected in [1, 2] {
        let copied = bench.alice.write(move |tx| tx.copy(inbox, &all(), work)).await.unwrap();
        assert_eq!(uid_list(&copied.to), [expected], "the old UID vanishes, it takes the next");
    }
    assert_eq!(bench.alice.read(|s| s.usage().messages).await.unwrap(), 1);
    let doubled = bench.alice.write(move |tx| tx.copy(inbox, &all(), inbox)).await.unwrap();
    assert_eq!((uid_list(&doubled.from), uid_list(&doubled.to)), (vec![1], vec![2]));
    assert_eq!(bench.alice.read(|s| s.usage().messages).await.unwrap(), 2);
    let second = bench.alice.read(|s| s.role(Role::Inbox).numbers()[1]).await.unwrap();
    assert_eq!(
        bench.alice.content(second).await.unwrap(),
        bench.alice.content(number).await.unwrap()
    );
    assert_eq!(bench.engine.blob_count(), 1, "both have the same blob");
}

#[tokio::test]
async fn expunge_recovers_and_restore_brings_back() {
    let mut bench = Bench::new().await;
    let number = bench.append(HELLO, Role::Inbox).await;
    let inbox = bench.role(Role::Inbox).await;
    let gone = bench.alice.write(move |tx| {
        tx.store(inbox, &all(), &deleted(), None)?;
        tx.expunge(inbox, None)
    });
    assert_eq!(uid_list(&gone.await.unwrap()), [1]);
    bench.reopen().await;
    assert_eq!(bench.alice.read(|s| (s.usage().bytes, s.messages().len())).await.unwrap(), (0, 0));
    assert_eq!(bench.engine.blob_count(), 1, "it can be restored");
    bench.alice.write(move |tx| tx.restore(&[number])).await.unwrap();
    assert_eq!((bench.uids(Role::Inbox).await, bench.uids(Role::All).await), (vec![2], vec![2]));
    bench.alice.write(move |tx| tx.trash(&[number])).await.unwrap();
    bench.alice.write(move |tx| tx.destroy(&[number])).await.unwrap();
    assert_eq!(bench.engine.blob_count(), 0, "gone for ever gives the space back");
    assert_eq!(bench.alice.content(number).await.unwrap(), None);
}

#[tokio::test]
async fn expunged_messages_go_after_thirty_days() {
    let bench = Bench::new().await;
    for _ in 0..2 {
        bench.append(HELLO, Role::Inbox).await;
        let inbox = bench.role(Role::Inbox).await;
        bench
            .alice
            .write(move |tx| {
                tx.store(inbox, &all(), &deleted(), None)?;
                tx.expunge(inbox, None)
            })
            .await
            .unwrap();
        bench.clock.advance(31 * 24 * 3600);
    }
    assert_eq!(bench.engine.blob_count(), 1, "the first is gone, the second was just expunged");
}

#[tokio::test]
async fn on_expunge_archive_keeps_it_in_all_mail() {
    let policy = Policy { on_expunge: OnExpunge::Archive, ..Policy::default() };
    let rules = Rules { policy: Arc::new(move |_| policy), ..Rules::default() };
    let bench = Bench::with_rules(rules).await;
    bench.append(HELLO, Role::Inbox).await;
    let (inbox, all_mail) = (bench.role(Role::Inbox).await, bench.role(Role::All).await);
    let expunge = move |mailbox| {
        move |tx: &mut Tx<'_>| {
            tx.store(mailbox, &all(), &deleted(), None)?;
            tx.expunge(mailbox, None)
        }
    };
    bench.alice.write(expunge(inbox)).await.unwrap();
    assert_eq!((bench.uids(Role::Inbox).await, bench.uids(Role::All).await), (vec![], vec![1]));
    bench.alice.write(expunge(all_mail)).await.unwrap();
    assert_eq!(bench.alice.read(|s| s.messages().len()).await.unwrap(), 0);
}

#[tokio::test]
async fn pop_delete_archives() {
    let bench = Bench::new().await;
    let number = bench.append(HELLO, Role::Inbox).await;
    bench.alice.write(move |tx| tx.pop_delete(&[number])).await.unwrap();
    assert_eq!((bench.uids(Role::Inbox).await, bench.uids(Role::All).await), (vec![], vec![1]));
}

#[tokio::test]
async fn marks_are_shared_and_deleted_is_not() {
    let bench = Bench::new().await;
    bench.append(HELLO, Role::Inbox).await;
    let inbox = bench.role(Role::Inbox).await;
    let change = FlagChange {
        mode: FlagMode::Add,
        flags: Flags::SEEN,
        keywords: vec!["$Forwarded".parse().unwrap()],
        deleted: true,
    };
    let stored = bench.alice.write(move |tx| tx.store(inbox, &all(), &change, None)).await.unwrap();
    assert_eq!(uid_list(&stored.changed), [1]);
    let (here, there) = bench
        .alice
        .read(|s| (s.entry_at(s.role(Role::Inbox), 0), s.entry_at(s.role(Role::All), 0)))
        .await
        .unwrap();
    assert!(here.deleted && !there.deleted);
    assert!(there.flags.contains(Flags::SEEN) && there.keywords.contains(0));
    let heads = |role| bench.alice.read(move |s| (s.role(role).highest_modseq, s.modseq()));
    for role in [Role::Inbox, Role::All] {
        let (highest, state) = heads(role).await.unwrap();
        assert_eq!(highest, state, "{role}");
    }
}

#[tokio::test]
async fn unchanged_since_is_kept() {
    let bench = Bench::new().await;
    for _ in 0..3 {
        bench.append(HELLO, Role::Inbox).await;
    }
    let inbox = bench.role(Role::Inbox).await;
    let since = bench.alice.read(|s| s.modseq()).await.unwrap();
    let seen =
        FlagChange { mode: FlagMode::Add, flags: Flags::SEEN, keywords: vec![], deleted: false };
    let change = seen.clone();
    bench
        .alice
        .write(move |tx| tx.store(inbox, &Ranges::between(2, 2), &change, None))
        .await
        .unwrap();
    let flagged = FlagChange { flags: Flags::FLAGGED, ..seen };
    let stored = bench.alice.write(move |tx| tx.store(inbox, &all(), &flagged, Some(since)));
    let stored = stored.await.unwrap();
    assert_eq!((uid_list(&stored.changed), stored.modified.to_string()), (vec![1, 3], "2".into()));
}

#[tokio::test]
async fn conversations_join_and_never_merge() {
    let bench = Bench::new().await;
    let hello = bench.append(HELLO, Role::Inbox).await;
    let other = bench
        .append(&HELLO.replace("hello", "quite another").replace("<1@", "<9@"), Role::Inbox)
        .await;
    let reply = bench.append(REPLY, Role::Sent).await;
    let both =
        REPLY.replace("<2@x.org>", "<3@x.org>").replace("In-Reply-To: ", "References: <9@x.org> ");
    let late = bench.append(&both, Role::Inbox).await;
    let of = |n| bench.alice.read(move |s| s.message(n).unwrap().conversation);
    assert_eq!(of(hello).await.unwrap(), of(reply).await.unwrap(), "own sent mail included");
    assert_eq!(of(hello).await.unwrap(), of(late).await.unwrap());
    assert_ne!(
        of(hello).await.unwrap(),
        of(other).await.unwrap(),
        "another subject is another conversation"
    );
    let (rows, total) =
        bench.alice.read(|s| s.conversations(s.role(Role::Inbox), 0, 10)).await.unwrap();
    assert_eq!((rows.len(), total), (2, 2));
    assert_eq!(rows[0].numbers, [hello, late]);
    assert_eq!((rows[0].all.clone(), rows[0].unread), (vec![hello, reply, late], 3));
}

#[tokio::test]
async fn an_answer_that_comes_first_is_joined_by_its_question() {
    let bench = Bench::new().await;
    let reply = bench.append(REPLY, Role::Inbox).await;
    let hello = bench.append(HELLO, Role::Inbox).await;
    let of = |n| bench.alice.read(move |s| s.message(n).unwrap().conversation);
    assert_eq!(of(reply).await.unwrap(), of(hello).await.unwrap());
}

#[tokio::test]
async fn a_clients_copy_in_sent_replaces_ours() {
    let bench = Bench::new().await;
    let sent = bench.role(Role::Sent).await;
    let ours = mail(HELLO).filed_by_us();
    bench.alice.write(move |tx| tx.append(&ours, &[sent])).await.unwrap();
    let theirs = mail(&HELLO.replace("Text", "Text of the client"));
    bench.alice.write(move |tx| tx.append(&theirs, &[sent])).await.unwrap();
    assert_eq!(bench.uids(Role::Sent).await, [2], "not doubled");
    let again = mail(HELLO);
    bench.alice.write(move |tx| tx.append(&again, &[sent])).await.unwrap();
    assert_eq!(bench.uids(Role::Sent).await, [2, 3], "a client may keep two of its own");
}

#[tokio::test]
async fn the_quota_holds() {
    let policy = Policy { quota: Some(150), ..Policy::default() };
    let rules = Rules { policy: Arc::new(move |_| policy), ..Rules::default() };
    let bench = Bench::with_rules(rules).await;
    let inbox = bench.role(Role::Inbox).await;
    bench.append(HELLO, Role::Inbox).await;
    let (first, second) = (mail(HELLO), mail(HELLO));
    bench.alice.write(move |tx| tx.append(&first, &[inbox])).await.unwrap();
    let full = bench.alice.write(move |tx| tx.append(&second, &[inbox])).await;
    assert!(matches!(full, Err(Error::OverQuota { limit: 150, .. })), "{full:?}");
    assert_eq!(bench.uids(Role::Inbox).await, [1, 2]);
}

#[tokio::test]
async fn rename_of_inbox_moves_its_messages() {
    let bench = Bench::new().await;
    bench.append(HELLO, Role::Inbox).await;
    let inbox = bench.role(Role::Inbox).await;
    let before = bench.alice.read(move |s| s.mailbox(inbox).map(|m| m.uid_validity)).await.unwrap();
    let old: MailboxName = "Old/Mail".parse().unwrap();
    bench.alice.write(move |tx| tx.rename_mailbox(inbox, &old)).await.unwrap();
    let (validity, next, moved) = bench
        .alice
        .read(|s| {
            let inbox = s.role(Role::Inbox);
            let old = s.named(&"Old/Mail".parse().unwrap()).unwrap();
            (Some(inbox.uid_validity), inbox.uid_next.0, old.exists())
        })
        .await
        .unwrap();
    assert_eq!((validity, next, moved), (before, 2, 1));
}

#[tokio::test]
async fn rename_takes_children_along() {
    let bench = Bench::new().await;
    let names = bench.alice.write(|tx| {
        let a = tx.create_mailbox(&"a/b/c".parse().unwrap())?;
        let top = tx.named(&"a".parse().unwrap()).map(|head| head.id).unwrap();
        let _ = a;
        tx.rename_mailbox(top, &"x/y".parse().unwrap())
    });
    names.await.unwrap();
    let names = bench.alice.read(|s| {
        s.mailboxes().filter(|m| m.role.is_none()).map(|m| m.name.to_string()).collect::<Vec<_>>()
    });
    assert_eq!(names.await.unwrap(), ["x", "x/y", "x/y/b", "x/y/b/c"]);
}

#[tokio::test]
async fn a_mailbox_made_again_has_a_greater_uidvalidity() {
    let bench = Bench::new().await;
    let name: MailboxName = "Work".parse().unwrap();
    let mut last = None;
    for _ in 0..3 {
        let made = name.clone();
        let validity = bench.alice.write(move |tx| {
            let id = tx.create_mailbox(&made)?;
            Ok((id, tx.mailbox(id).map(|head| head.uid_validity)))
        });
        let (id, validity) = validity.await.unwrap();
        bench.alice.write(move |tx| tx.delete_mailbox(id)).await.unwrap();
        assert!(validity > last, "{validity:?} after {last:?}");
        last = validity;
    }
}

#[tokio::test]
async fn vanished_uids_are_remembered() {
    let mut bench = Bench::new().await;
    for _ in 0..5 {
        bench.append(HELLO, Role::Inbox).await;
    }
    let since = bench.alice.read(|s| s.modseq()).await.unwrap();
    let inbox = bench.role(Role::Inbox).await;
    let two = Ranges::from_unsorted(vec![(2, 2), (4, 4)]);
    let moved = bench.alice.write(move |tx| {
        let trash = tx.role(Role::Trash);
        tx.move_(inbox, &two, trash)
    });
    assert_eq!(uid_list(&moved.await.unwrap().from), [2, 4]);
    bench.reopen().await;
    let gone = bench.alice.read(move |s| s.role(Role::Inbox).vanished_since(since)).await.unwrap();
    assert_eq!((gone.ranges.to_string(), gone.complete), ("2,4".into(), true));
    let gone = bench.alice.read(|s| s.role(Role::Inbox).vanished_since(s.modseq())).await.unwrap();
    assert!(gone.ranges.is_empty());
}

#[tokio::test]
async fn many_writers_of_one_account_share_commits() {
    let bench = Bench::new().await;
    let inbox = bench.role(Role::Inbox).await;
    let before = bench.alice.read(|s| s.modseq().0).await.unwrap();
    let tasks: Vec<_> = (0..200)
        .map(|n| {
            let alice = bench.alice.clone();
            let new = mail(&HELLO.replace("hello", &format!("hello {n}")));
            tokio::spawn(async move { alice.write(move |tx| tx.append(&new, &[inbox])).await })
        })
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    let after = bench.alice.read(|s| s.modseq().0).await.unwrap();
    assert_eq!(bench.uids(Role::Inbox).await, (1..=200).collect::<Vec<u32>>());
    assert!(after - before < 100, "{} commits", after - before);
}

#[tokio::test]
async fn faults_of_the_engine_are_borne_or_told() {
    let mut bench = Bench::new().await;
    let faults =
        Faults { conflicts: 200, unknown_done: 200, unknown_lost: 200, ..Faults::default() };
    bench.engine.set_faults(faults, 7);
    for _ in 0..50 {
        bench.append(HELLO, Role::Inbox).await;
    }
    bench.reopen().await;
    assert_eq!(bench.uids(Role::Inbox).await, (1..=50).collect::<Vec<u32>>(), "once each");
    bench.engine.set_faults(Faults { full: true, ..Faults::default() }, 7);
    let (inbox, new) = (bench.role(Role::Inbox).await, mail(HELLO));
    let full = bench.alice.write(move |tx| tx.append(&new, &[inbox])).await;
    assert!(matches!(full, Err(Error::Engine(engine::Error::Full(_)))), "{full:?}");
    assert_eq!(bench.uids(Role::Inbox).await.len(), 50, "reading goes on");
}

#[tokio::test]
async fn news_come_when_it_is_durable() {
    let bench = Bench::new().await;
    let mut changes = bench.alice.changes();
    let before = changes.state();
    let alice = bench.alice.clone();
    let waiter = tokio::spawn(async move {
        changes.changed().await;
        (changes.state(), alice.read(|s| s.role(Role::Inbox).exists()).await.unwrap())
    });
    bench.append(HELLO, Role::Inbox).await;
    let (state, exists) = waiter.await.unwrap();
    assert!(state > before && state > ModSeq(0));
    assert_eq!(exists, 1);
}
