"""mbsync keeps a Maildir and the server the same, in both directions."""

import re

from harness.maildir import mbsync, messages
from harness.world import ALICE, BOB, expect_ok, message, quoted, test, token, uids

NEEDS = ["mbsync"]


@test(bound=90, needs=NEEDS)
def pulls_and_pushes(world):
    """Mail comes down byte for byte; flags, a new message and a deletion go up; a second run has nothing to do."""
    subject, doomed, pushed = token("mbsync"), token("mbsync-delete"), token("mbsync-push")
    sent = message("x@elsewhere.test", BOB, subject, "Déjà vu\r\n..two dots\r\n\r\n")
    world.deliver("x@elsewhere.test", BOB, sent)
    world.deliver("x@elsewhere.test", BOB, message("x@elsewhere.test", BOB, doomed))
    world.arrives(BOB, subject)
    world.arrives(BOB, doomed)
    local = mbsync(world, BOB, patterns="INBOX Drafts Sent")
    by_subject = {re.search(rb"(?m)^Subject: (\S+)", content).group(1).decode(): (path, content)
                  for path, content in messages(local / "INBOX") if re.search(rb"(?m)^Subject: (\S+)", content)}
    path, content = by_subject[subject]
    assert content.endswith(sent.encode()), "the bytes differ"

    # As a mail program on the Maildir would: seen and answered, one deleted, one new draft.
    path.rename(path.parent.parent / "cur" / (path.name.split(":")[0] + ":2,RS"))
    path = by_subject[doomed][0]
    path.rename(path.parent.parent / "cur" / (path.name.split(":")[0] + ":2,ST"))
    drafts = local / world.mailbox_for(BOB, "\\Drafts")
    (drafts / "cur" / "1.pushed.client:2,DS").write_bytes(
        message(BOB, ALICE, pushed).replace("\r\n", "\n").encode())
    mbsync(world, BOB, patterns="INBOX Drafts Sent")

    session = world.imap(BOB)
    expect_ok(session.select("INBOX", readonly=True))
    assert len(uids(session, "SEEN", "ANSWERED", "SUBJECT", subject)) == 1, "the flags did not go up"
    assert uids(session, "SUBJECT", doomed) == [], "the deletion did not go up"
    expect_ok(session.select(quoted(drafts.name), readonly=True))
    assert len(uids(session, "DRAFT", "SUBJECT", pushed)) == 1, "the new message did not go up once"
    session.logout()

    before = sorted(str(path) for path in local.rglob("cur/*"))
    mbsync(world, BOB, patterns="INBOX Drafts Sent")
    assert sorted(str(path) for path in local.rglob("cur/*")) == before, "a third run changed something"
    assert world.count(BOB, drafts.name, pushed) == 1
