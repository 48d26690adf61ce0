"""mbsync's configuration, and what it leaves in a Maildir."""

import re

from harness.world import PASSWORD, run


def mbsync(world, user, patterns="*", sync="All", extra=""):
    """Runs mbsync for an account into `tmp/mail`; answers that folder."""
    local = world.tmp / "mail"
    local.mkdir(exist_ok=True)
    config = world.tmp / "mbsyncrc"
    config.write_text(f"""
IMAPAccount server
Host {world.host}
Port {world.ports['imaps']}
User {user}
Pass {PASSWORD}
SSLType IMAPS
CertificateFile {world.cert}

IMAPStore far
Account server

MaildirStore near
Path {local}/
Inbox {local}/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns {patterns}
Create Both
Expunge Both
Sync {sync}
SyncState *
{extra}
""")
    run("mbsync", "-c", config, "all", timeout=280)
    return local


def messages(folder):
    """The files of a Maildir (name with flags, content as the server has it).

    mbsync writes lines with LF and marks what it copied with X-TUID; both are
    undone here.
    """
    for part in ("new", "cur"):
        for path in sorted((folder / part).iterdir()):
            content = re.sub(rb"(?m)^X-TUID: .{12}\r?\n", b"", path.read_bytes(), count=1)
            yield path, content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
