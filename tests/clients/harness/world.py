"""What a test knows of the server it talks to, and the few things all tests do."""

import imaplib
import pathlib
import secrets
import smtplib
import ssl
import subprocess
import time

DOMAIN = "demo.test"
PASSWORD = "facteur-demo"
ALICE, BOB, ADMIN = "alice@demo.test", "bob@demo.test", "admin@demo.test"

# Standard ports of the doors; a demo adds its offset to each.
DOORS = {"smtp": 25, "submission": 587, "submissions": 465, "imap": 143, "imaps": 993, "pop3": 110, "pop3s": 995,
         "http": 80, "https": 443}


def test(bound=60, needs=(), only_facteur=False):
    """Marks a test: its bound in seconds, the programs it needs, whether the peers could pass it."""
    def mark(function):
        function.bound, function.needs, function.only_facteur = bound, needs, only_facteur
        return function
    return mark


class World:
    """The server under test. `tmp` is the test's own folder."""

    def __init__(self, kind, offset, cert, data, tmp, binary=None):
        self.kind = kind
        self.offset = offset
        self.cert = cert
        self.data = data
        self.tmp = pathlib.Path(tmp)
        self.binary = binary
        # The certificate is made out to it, and names are what programs check.
        self.host = "localhost"
        self.ports = {door: port + offset for door, port in DOORS.items()}

    def plain(self):
        return {"kind": self.kind, "offset": self.offset, "cert": self.cert, "data": self.data,
                "tmp": str(self.tmp), "binary": self.binary}

    def tls(self):
        """Trusts the server's own certificate and nothing else, and checks the name."""
        return ssl.create_default_context(cafile=self.cert)

    def imap(self, user, timeout=30):
        session = imaplib.IMAP4_SSL(self.host, self.ports["imaps"], ssl_context=self.tls(), timeout=timeout)
        session.login(user, PASSWORD)
        return session

    def submit(self, user, to, message, **options):
        """Sends through the submission door, as `user`."""
        with smtplib.SMTP_SSL(self.host, self.ports["submissions"], context=self.tls(), timeout=30) as session:
            session.login(user, PASSWORD)
            session.sendmail(user, to if isinstance(to, list) else [to], octets(message), **options)

    def deliver(self, sender, to, message):
        """Sends through the door other servers use."""
        with smtplib.SMTP("127.0.0.1", self.ports["smtp"], timeout=30) as session:
            session.sendmail(sender, to if isinstance(to, list) else [to], octets(message))

    def count(self, user, mailbox, subject):
        """How many messages of a mailbox have `subject` in theirs."""
        return len(self.find(user, mailbox, subject))

    def find(self, user, mailbox, subject):
        """UIDs of the messages of a mailbox that have `subject` in theirs."""
        session = self.imap(user)
        try:
            expect_ok(session.select(quoted(mailbox), readonly=True))
            return uids(session, "SUBJECT", quoted(subject))
        finally:
            session.logout()

    def fetch(self, user, mailbox, uid):
        """A whole message, without marking it."""
        session = self.imap(user)
        try:
            expect_ok(session.select(quoted(mailbox), readonly=True))
            data = expect_ok(session.uid("FETCH", str(uid), "(BODY.PEEK[])"))
            return next(part[1] for part in data if isinstance(part, tuple))
        finally:
            session.logout()

    def arrives(self, user, subject, mailbox="INBOX", seconds=15, times=1):
        """Waits until a message with `subject` is there, exactly `times`; answers the last UID."""
        wait(lambda: self.count(user, mailbox, subject) >= times, seconds, f"{subject} in {mailbox} of {user}")
        found = self.find(user, mailbox, subject)
        assert len(found) == times, f"{subject} is {len(found)} times in {mailbox} of {user}, not {times}"
        return found[-1]

    def mailbox_for(self, user, use):
        """The name of the mailbox with a SPECIAL-USE attribute (RFC 6154), such as `\\Sent`."""
        session = self.imap(user)
        try:
            for line in expect_ok(session.list()):
                attributes, rest = line.decode().split(")", 1)
                if use.lower() in attributes.lower().lstrip("(").split():
                    return rest.strip().split(" ", 1)[1].strip().strip('"')
        finally:
            session.logout()
        raise AssertionError(f"{user} has no mailbox that LIST calls {use}")


def uids(session, *criteria):
    found = expect_ok(session.uid("SEARCH", *criteria))[0]
    return [int(word) for word in (found or b"").split()]


def expect_ok(answer):
    status, data = answer
    assert status == "OK", f"the server answered {status}: {data}"
    return data


def quoted(mailbox):
    return '"' + mailbox.replace("\\", "\\\\").replace('"', '\\"') + '"'


def token(word):
    """A subject nobody else uses."""
    return f"{word}-{secrets.token_hex(5)}"


def message(sender, to, subject, body="Bonjour,\r\n\r\nA short letter.\r\n", headers=""):
    """A small message with CRLF line ends."""
    return (f"From: {sender}\r\nTo: {to}\r\nSubject: {subject}\r\n"
            f"Message-ID: <{secrets.token_hex(8)}@clients.test>\r\nDate: Mon, 23 Nov 2026 10:00:00 +0000\r\n"
            f"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n{headers}\r\n{body}")


def octets(text):
    return text.encode() if isinstance(text, str) else text


def wait(until, seconds, what):
    """Polls until something is true; fails with `what` after `seconds`."""
    end = time.monotonic() + seconds
    while not until():
        assert time.monotonic() < end, f"after {seconds} s still not: {what}"
        time.sleep(0.1)


def run(*command, ok=(0,), **options):
    """Runs a program to its end, shows what it said, and answers it."""
    options.setdefault("timeout", 60)
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          stdin=options.pop("stdin", subprocess.DEVNULL) if "input" not in options else None,
                          **options)
    text = done.stdout.decode(errors="replace") if isinstance(done.stdout, bytes) else done.stdout
    print("$ " + " ".join(str(word) for word in command) + "\n" + text, flush=True)
    assert ok is None or done.returncode in ok, f"{command[0]} ended with {done.returncode}"
    return text
