"""curl reads by IMAP and POP3, and sends."""

from harness.world import ALICE, BOB, PASSWORD, expect_ok, message, run, test, token, uids

NEEDS = ["curl"]


def _curl(world, user, *words, ok=(0,)):
    return run("curl", "--silent", "--show-error", "--max-time", "30", "--cacert", world.cert,
               "--user", f"{user}:{PASSWORD}", *words, ok=ok)


@test(needs=NEEDS)
def imaps_lists_and_reads(world):
    """curl imaps:// lists the mailboxes and gives back a message byte for byte."""
    subject = token("curl")
    sent = message("x@elsewhere.test", BOB, subject, "Line one\r\n.a dot\r\n\r\nlast line\r\n")
    world.deliver("x@elsewhere.test", BOB, sent)
    uid = world.arrives(BOB, subject)
    url = f"imaps://{world.host}:{world.ports['imaps']}/"
    listed = _curl(world, BOB, url)
    assert "INBOX" in listed and "Drafts" in listed, "mailboxes are missing"
    path = world.tmp / "read.eml"
    _curl(world, BOB, url + f"INBOX;UID={uid}", "--output", path)
    assert path.read_bytes().endswith(sent.encode()), "the bytes differ"
    assert str(uid) not in _curl(world, BOB, url + "INBOX", "-X", f"UID SEARCH NOT UID {uid}").split()


@test(needs=NEEDS)
def imap_after_starttls(world):
    """curl imap:// insists on STARTTLS and signs in after it."""
    listed = _curl(world, ALICE, "--ssl-reqd", f"imap://{world.host}:{world.ports['imap']}/")
    assert "INBOX" in listed


@test(needs=NEEDS)
def appends(world):
    """curl -T appends a message to Drafts."""
    subject = token("curl-append")
    path = world.tmp / "draft.eml"
    path.write_bytes(message(ALICE, BOB, subject).encode())
    drafts = world.mailbox_for(ALICE, "\\Drafts")
    _curl(world, ALICE, "-T", path, f"imaps://{world.host}:{world.ports['imaps']}/{drafts}")
    assert world.fetch(ALICE, drafts, world.arrives(ALICE, subject, drafts)) == path.read_bytes()


@test(needs=NEEDS)
def smtps_sends_pop3s_reads(world):
    """curl sends over smtps:// and reads over pop3s:// what arrived."""
    subject = token("curl-send")
    path = world.tmp / "sent.eml"
    path.write_bytes(message(ALICE, BOB, subject).encode())
    _curl(world, ALICE, "--mail-from", ALICE, "--mail-rcpt", BOB, "--upload-file", path,
          f"smtps://{world.host}:{world.ports['submissions']}/client.example")
    uid = world.arrives(BOB, subject)
    session = world.imap(BOB)
    expect_ok(session.select("INBOX", readonly=True))
    assert uids(session, "SUBJECT", subject) == [uid]
    listed = _curl(world, BOB, f"pop3s://{world.host}:{world.ports['pop3s']}/")
    # The newest mail with the highest number is not promised: look from the end.
    for line in reversed(listed.split("\n")):
        if line.strip():
            text = _curl(world, BOB, f"pop3s://{world.host}:{world.ports['pop3s']}/{line.split()[0]}")
            if subject in text:
                return
    raise AssertionError("POP3 does not show it")


@test(needs=NEEDS)
def a_wrong_password_is_refused(world):
    """A wrong password is refused (curl ends with 67)."""
    run("curl", "--silent", "--show-error", "--max-time", "30", "--cacert", world.cert, "--user",
        f"{ALICE}:not-{PASSWORD}", f"imaps://{world.host}:{world.ports['imaps']}/", ok=(67,))
