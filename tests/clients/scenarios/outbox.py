"""A letter that waits its ten seconds in Outbox, and an IMAP client that takes it back."""

import time

from harness.webmail import Webmail
from harness.world import ALICE, BOB, expect_ok, quoted, test, token, uids, wait

# The webmail's delay before a letter goes out.
DELAY = 10


def _mailbox(world, name):
    """Outbox has no SPECIAL-USE attribute: its name says what it is."""
    session = world.imap(ALICE)
    listed = [line.decode().split(")", 1)[1].strip().split(" ", 1)[1].strip('" ') for line in expect_ok(session.list())]
    session.logout()
    assert name in listed, f"no {name} among {listed}"
    return name


def _written(world):
    """Writes a letter in the webmail; answers its subject and its UID in Outbox."""
    subject = token("outbox")
    Webmail(world, ALICE).write(BOB, subject, "I may think better of it.")
    outbox = _mailbox(world, "Outbox")
    wait(lambda: world.count(ALICE, outbox, subject) == 1, 3, "the letter in Outbox")
    return subject, outbox, world.find(ALICE, outbox, subject)[0]


def _never_sent(world, subject, drafts=1):
    time.sleep(DELAY + 3)
    assert world.count(BOB, "INBOX", subject) == 0, "Bob got it all the same"
    assert world.count(ALICE, world.mailbox_for(ALICE, "\\Sent"), subject) == 0, "it is in Sent"
    assert world.count(ALICE, "Outbox", subject) == 0, "it is still in Outbox"
    assert world.count(ALICE, world.mailbox_for(ALICE, "\\Drafts"), subject) == drafts, "it is not in Drafts"


@test(bound=60, only_facteur=True)
def left_alone_it_goes_out(world):
    """Left alone, the letter leaves Outbox after its delay, arrives once and is in Sent once."""
    subject, outbox, _ = _written(world)
    assert world.count(BOB, "INBOX", subject) == 0, "it did not wait"
    world.arrives(BOB, subject, seconds=DELAY + 10)
    assert world.count(ALICE, outbox, subject) == 0, "still in Outbox"
    assert world.count(ALICE, world.mailbox_for(ALICE, "\\Sent"), subject) == 1, "not once in Sent"


@test(bound=60, only_facteur=True)
def deleted_from_outbox_it_never_goes(world):
    """STORE \\Deleted and EXPUNGE in Outbox cancel: the letter is in Drafts and never arrives."""
    subject, outbox, uid = _written(world)
    session = world.imap(ALICE)
    expect_ok(session.select(quoted(outbox)))
    expect_ok(session.uid("STORE", str(uid), "+FLAGS", r"(\Deleted)"))
    expect_ok(session.expunge())
    assert uids(session, "SUBJECT", subject) == [], "still in Outbox"
    session.logout()
    _never_sent(world, subject)


@test(bound=60, only_facteur=True)
def moved_out_of_outbox_it_never_goes(world):
    """MOVE from Outbox to Drafts cancels just as well."""
    subject, outbox, uid = _written(world)
    drafts = world.mailbox_for(ALICE, "\\Drafts")
    session = world.imap(ALICE)
    expect_ok(session.select(quoted(outbox)))
    expect_ok(session.uid("MOVE", str(uid), quoted(drafts)))
    session.logout()
    _never_sent(world, subject)
