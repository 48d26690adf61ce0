"""Every message of the corpora, delivered by SMTP, fetched by mbsync, byte for byte."""

import collections
import hashlib
import os
import pathlib
import re
import tarfile
import threading

from harness.maildir import mbsync, messages
from harness.sender import Sender, crlf
from harness.world import ADMIN, expect_ok, test, wait

ROOT = pathlib.Path(__file__).resolve().parents[3]

# What a server may write in front of a message; nothing else may differ.
ADDED = {b"return-path", b"delivered-to", b"received", b"authentication-results", b"received-spf",
         b"x-spam-status", b"x-spam-verdict"}

# What real mail does that a tidy example does not.
AWKWARD = [
    b"\r\n",
    b"Subject: no body\r\n\r\n",
    b"Subject: header only, without an empty line\r\n",
    b"No header at all, said the first line.\r\n\r\nAnd a body.\r\n",
    b"Subject: dots\r\n\r\n.\r\n..\r\n...\r\n.x\r\n",
    b"Subject: =?utf-8?B?w6l0w6k=?=\r\n\r\n\xff\xfe raw bytes \x80\r\n",
    b"Subject: long\r\n\r\n" + b"x" * 990 + b"\r\n" + b"y" * 990 + b"\r\n",
    b"Subject: spaces at ends  \r\n\tfolded\r\n \r\n\r\n trailing \t \r\n\r\n\r\n\r\n",
    b"From x@y Mon Jan  1 00:00:00 2007\r\nSubject: From line\r\n\r\n>From here\r\nFrom there\r\n",
    b"Return-Path: <old@example.net>\r\nReceived: from a by b; Mon, 1 Jan 2007 00:00:00 +0000\r\n"
    b"Delivered-To: old@example.net\r\nSubject: headers like ours\r\n\r\nText\r\n",
    b"Subject: Bcc stays\r\nBcc: hidden@example.net\r\nContent-Length: 3\r\n\r\nText\r\n",
    b"Content-Type: multipart/mixed; boundary=\"b\"\r\n\r\n--b\r\n\r\nno end\r\n",
    b"Subject: a\r\n\r\n" + b"".join(b"line %d\r\n" % n for n in range(20000)),
]


def _folders():
    named = os.environ.get("FACTEUR_CORPORA")
    return [ROOT / "tests/mail"] + ([pathlib.Path(named)] if named else [])


def _corpus():
    """All messages, as (where from, content with CRLF)."""
    found = [("awkward", content) for content in AWKWARD]
    for folder in _folders():
        for path in sorted(folder.rglob("*.eml")):
            found.append((str(path), crlf(path.read_bytes())))
        for archive in sorted(folder.glob("*.tar.xz")):
            with tarfile.open(archive) as tar:
                for entry in tar:
                    if entry.isfile() and entry.name.endswith(".eml"):
                        found.append((entry.name, crlf(tar.extractfile(entry).read())))
    return found


def _digest(content):
    return hashlib.sha256(content).digest()


def _original(content, expected):
    """The digest of what was sent, found by taking off the fields a server adds; or None."""
    while True:
        digest = _digest(content)
        if digest in expected:
            return digest
        end = content.find(b"\r\n")
        while content[end + 2:end + 3] in (b" ", b"\t"):
            end = content.find(b"\r\n", end + 2)
        name = content[:end].split(b":")[0].lower()
        if end < 0 or name not in ADDED:
            return None
        content = content[end + 2:]


def _deliver(world, corpus):
    refused = []

    def work(mine):
        sender = Sender(world.ports["smtp"])
        for name, content in mine:
            code, text = sender.send("corpus@elsewhere.test", ADMIN, content)
            if code != 250:
                refused.append((name, text))
        sender.close()

    threads = [threading.Thread(target=work, args=(corpus[n::4],)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not refused, f"{len(refused)} refused, the first: {refused[:3]}"


def _mailboxes(world):
    session = world.imap(ADMIN)
    counts = {}
    for name in ("INBOX", world.mailbox_for(ADMIN, "\\Junk")):
        counts[name] = int(expect_ok(session.select(name, readonly=True))[0])
    session.logout()
    return counts


def _compare(corpus, fetched, by):
    expected = collections.Counter(_digest(content) for _, content in corpus)
    got = collections.Counter(_original(content, expected) for content in fetched)
    missing = expected - got
    extra = {digest: n for digest, n in got.items() if digest is not None and n > expected[digest]}
    if missing and len(fetched) < 50:
        # Few enough to show the difference.
        wanted = next(content for _, content in corpus if _digest(content) in missing)
        print("sent:\n", wanted[:3000], "\nthere is:\n", *(text[:3000] for text in fetched[-1:]))
    names = [name for name, content in corpus if _digest(content) in missing]
    assert not missing, f"by {by}, {len(names)} of {len(corpus)} are not there as they were sent: {names[:10]}"
    assert not extra, f"by {by}, {len(extra)} are there too often"


@test(bound=400, needs=["mbsync"])
def comes_back_as_it_was_sent(world):
    """Delivered over 4 connections; compared as IMAP gives it and as mbsync writes it."""
    corpus = _corpus()
    if world.kind == "peers":
        # Postfix rewrites what has no proper header: an mbox line in front, or no empty line.
        corpus = [row for row in corpus if re.match(rb"[!-9;-~]+:", row[1]) and b"\r\n\r\n" in row[1]]
    before = sum(_mailboxes(world).values())
    _deliver(world, corpus)
    wait(lambda: sum(_mailboxes(world).values()) >= before + len(corpus), 120, "all of them visible")

    session = world.imap(ADMIN, timeout=120)
    fetched = []
    for name in _mailboxes(world):
        expect_ok(session.select(name, readonly=True))
        data = expect_ok(session.uid("FETCH", "1:*", "(BODY.PEEK[])"))
        fetched += [part[1] for part in data if isinstance(part, tuple)]
    session.logout()
    _compare(corpus, fetched, "FETCH BODY.PEEK[]")

    local = mbsync(world, ADMIN, patterns=" ".join(_mailboxes(world)), sync="Pull")
    files = [content for name in _mailboxes(world) for _, content in messages(local / name)]
    # mbsync passes over messages without an empty line after the header, and says so.
    complete = [row for row in corpus if b"\r\n\r\n" in b"\r\n" + row[1]]
    _compare(complete, files, "mbsync")
    size = sum(len(content) for _, content in corpus)
    from_where = " and ".join(str(folder) for folder in _folders())
    passed_over = len(corpus) - len(complete)
    return f"{len(corpus)} messages, {size} bytes ({passed_over} of them not for mbsync, which wants a whole header): ours and {from_where}"
