"""Python's imaplib: what a script of somebody's own does."""

import imaplib

from harness.world import ALICE, BOB, PASSWORD, expect_ok, message, quoted, test, token, uids


@test()
def reads_flags_copies_and_expunges(world):
    """SEARCH, FETCH, STORE, COPY, EXPUNGE on a message of one's own."""
    subject = token("imaplib")
    sent = message("x@elsewhere.test", BOB, subject, "Un été à la mer.\r\n").encode()
    world.deliver("x@elsewhere.test", BOB, sent)
    uid = world.arrives(BOB, subject)
    session = world.imap(BOB)
    expect_ok(session.select("INBOX"))
    data = expect_ok(session.uid("FETCH", str(uid), "(FLAGS INTERNALDATE RFC822.SIZE ENVELOPE BODYSTRUCTURE BODY[])"))
    whole = next(part[1] for part in data if isinstance(part, tuple))
    assert whole.endswith(sent), "the bytes differ"
    assert f"RFC822.SIZE {len(whole)}".encode() in b" ".join(p if isinstance(p, bytes) else p[0] for p in data)
    expect_ok(session.uid("STORE", str(uid), "+FLAGS", r"(\Flagged $Label1)"))
    assert uid in uids(session, "FLAGGED", "SEEN", "KEYWORD", "$Label1")
    mailbox = token("Dossier")
    expect_ok(session.create(quoted(mailbox)))
    expect_ok(session.uid("COPY", str(uid), quoted(mailbox)))
    expect_ok(session.uid("STORE", str(uid), "+FLAGS", r"(\Deleted)"))
    expect_ok(session.expunge())
    assert uids(session, "SUBJECT", subject) == [], "still there after EXPUNGE"
    expect_ok(session.select(quoted(mailbox)))
    [copy] = uids(session, "SUBJECT", subject)
    data = expect_ok(session.uid("FETCH", str(copy), "(FLAGS BODY.PEEK[])"))
    assert next(part[1] for part in data if isinstance(part, tuple)) == whole, "the copy differs"
    expect_ok(session.select("INBOX"))
    expect_ok(session.delete(quoted(mailbox)))
    session.logout()


@test()
def appends_with_flags_and_date(world):
    """APPEND keeps flags, date and bytes."""
    subject = token("imaplib-append")
    content = message(ALICE, BOB, subject).encode()
    drafts = world.mailbox_for(ALICE, "\\Drafts")
    session = world.imap(ALICE)
    when = '"01-Feb-2007 03:04:05 +0100"'
    expect_ok(session.append(quoted(drafts), r"(\Draft \Seen)", when, content))
    expect_ok(session.select(quoted(drafts)))
    [uid] = uids(session, "SUBJECT", subject)
    data = expect_ok(session.uid("FETCH", str(uid), "(FLAGS INTERNALDATE BODY.PEEK[])"))
    text = b" ".join(part if isinstance(part, bytes) else part[0] for part in data)
    assert b"\\Draft" in text and b"\\Seen" in text, text
    assert imaplib.Internaldate2tuple(text) == imaplib.Internaldate2tuple(b'INTERNALDATE ' + when.encode())
    assert next(part[1] for part in data if isinstance(part, tuple)) == content, "the bytes differ"
    session.logout()


@test()
def no_password_before_tls(world):
    """Before STARTTLS, LOGINDISABLED is announced and LOGIN refused; after it, LOGIN works."""
    session = imaplib.IMAP4("127.0.0.1", world.ports["imap"], timeout=30)
    if world.kind == "facteur":
        assert "LOGINDISABLED" in session.capabilities, session.capabilities
        try:
            session.login(ALICE, PASSWORD)
            raise AssertionError("LOGIN was taken in clear")
        except imaplib.IMAP4.error:
            pass
    # 127.0.0.1 is in the certificate too.
    session.starttls(world.tls())
    session.login(ALICE, PASSWORD)
    session.logout()
