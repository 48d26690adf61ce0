"""mutt, in a pseudo-terminal, with keys pressed for it."""

import mailbox
import shlex

from harness.world import ALICE, BOB, PASSWORD, expect_ok, message, run, test, token, uids, wait


def _configuration(world, user, keys=""):
    """A muttrc that asks nothing; `keys` are pressed once the mailbox is open."""
    name = user.split("@")[0]
    path = world.tmp / "muttrc"
    path.write_text(f"""
set from = "{user}"
set realname = "{name.title()}"
set folder = "imaps://{world.host}:{world.ports['imaps']}/"
set spoolfile = "+INBOX"
set record = "+{world.mailbox_for(user, chr(92) + 'Sent')}"
set postponed = "+{world.mailbox_for(user, chr(92) + 'Drafts')}"
set imap_user = "{user}"
set imap_pass = "{PASSWORD}"
set smtp_url = "smtps://{user.replace('@', '%40')}@{world.host}:{world.ports['submissions']}/"
set smtp_pass = "{PASSWORD}"
set certificate_file = "{world.cert}"
set ssl_starttls = yes
set ssl_force_tls = yes
set delete = yes
set confirmcreate = no
set confirmappend = no
set move = no
set mark_old = no
set wait_key = no
set header_cache = ""
set tmpdir = "{world.tmp}"
push "{keys}"
""")
    return path


def _in_terminal(world, *words):
    command = shlex.join(str(word) for word in words)
    transcript = world.tmp / "typescript"
    # The environment alone decides what the terminal can do.
    environment = {"PATH": "/usr/bin:/bin", "HOME": str(world.tmp), "TERM": "xterm", "LANG": "C.UTF-8"}
    run("script", "-qec", "stty rows 40 cols 120; " + command, transcript, ok=None, env=environment, timeout=40)
    return transcript.read_bytes()


@test(bound=60, needs=["mutt", "script"])
def reads_saves_flags_and_deletes(world):
    """Limits the index to a subject, saves a copy to a file, flags one mail and deletes another."""
    kept, doomed = token("mutt-keep"), token("mutt-delete")
    for subject in (kept, doomed):
        world.deliver("x@elsewhere.test", BOB, message("x@elsewhere.test", BOB, subject))
        world.arrives(BOB, subject)
    box = world.tmp / "saved"
    keys = (f"<limit>~s {kept}<enter><first-entry><copy-message><kill-line>{box}<enter><flag-message>"
            f"<limit>~s {doomed}<enter><first-entry><delete-message><limit>all<enter><sync-mailbox><quit>")
    _in_terminal(world, "mutt", "-F", _configuration(world, BOB, keys))
    saved = [mail["Subject"] for mail in mailbox.mbox(box)]
    assert saved == [kept], f"saved {saved}"
    session = world.imap(BOB)
    expect_ok(session.select("INBOX", readonly=True))
    assert len(uids(session, "FLAGGED", "SUBJECT", kept)) == 1, "not flagged"
    assert uids(session, "SUBJECT", doomed) == [], "not deleted"
    session.logout()


@test(bound=60, needs=["mutt"])
def sends_and_keeps_one_copy(world):
    """Sends by submission and files its copy in Sent: it is there once."""
    subject = token("mutt-send")
    config = _configuration(world, ALICE)
    run("mutt", "-F", config, "-s", subject, BOB, input=b"Written in mutt.\n",
        env={"PATH": "/usr/bin:/bin", "HOME": str(world.tmp), "TERM": "dumb", "LANG": "C.UTF-8"})
    world.arrives(BOB, subject)
    sent = world.mailbox_for(ALICE, "\\Sent")
    wait(lambda: world.count(ALICE, sent, subject) == 1, 10, "one copy in Sent")
