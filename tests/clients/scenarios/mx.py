"""Two servers, each the MX of its own domain, that find each other by a test resolver."""

import email
import email.policy
import json
import signal
import socket
import subprocess
import time

from harness.dns import Dns
from harness.server import free_offset
from harness.world import DOORS, PASSWORD, World, message, run, test, token, wait

OPEN = ("smtp", "submissions", "imaps")


class Node(World):
    """One `facteur serve`, with one account, on an address of loopback of its own."""

    def __init__(self, world, name, address, offset, resolver):
        self.domain, self.address = f"{name}.test", address
        self.folder = world.tmp / name
        self.folder.mkdir()
        data = self.folder / "data"
        super().__init__("facteur", offset, str(data / "tls/cert.pem"), str(data), str(world.tmp), world.binary)
        # The certificate is made out to it; its address is given where a connection is made.
        self.config = self.folder / "facteur.toml"
        self.user = f"{name}ette@{self.domain}"
        self.process = None
        listen = "".join(f'{door} = ["{address}:{self.ports[door]}"]\n' if door in OPEN else f"{door} = []\n"
                         for door in DOORS)
        self.facteur("init", "--domain", self.domain, "--data", data)
        # `init` wrote settings for the standard ports.
        self.config.write_text(f'hostname = "mail.{self.domain}"\ndata = "{data}"\n[listen]\n{listen}'
                               f'[relay]\nresolver = "127.0.0.1:{resolver}"\nport = {self.ports["smtp"]}\n')
        self.facteur("account", "add", self.user, "--password-stdin", input=(PASSWORD + "\n").encode())

    def facteur(self, *words, **options):
        return run(self.binary, "--config", self.config, *words, **options)

    def start(self):
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen([self.binary, "--config", str(self.config), "serve"],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)

        def answers():
            assert self.process.poll() is None, f"it ended with {self.process.returncode}: {self.log()}"
            try:
                with socket.create_connection((self.address, self.ports["imaps"]), 1):
                    return True
            except OSError:
                return False
        wait(answers, 30, f"{self.domain} listens")

    def stop(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()

    def log(self):
        return (self.folder / "log").read_text(errors="replace")[-3000:]

    def tls(self):
        context = super().tls()
        # Names are the business of other scenarios: here each server has an address of its own.
        context.check_hostname = False
        return context

    def queued(self):
        return json.loads(self.facteur("queue", "list", "--json") or "[]")


def _pair(world):
    offset = free_offset()
    zone = {("aa.test", "MX"): [(10, "mail.aa.test")], ("mail.aa.test", "A"): ["127.0.0.1"],
            ("bb.test", "MX"): [(10, "mail.bb.test")], ("mail.bb.test", "A"): ["127.0.0.2"]}
    resolver = Dns(zone)
    first = Node(world, "aa", "127.0.0.1", offset, resolver.port)
    second = Node(world, "bb", "127.0.0.2", offset, resolver.port)
    for node in (first, second):
        # Our clients go to the address; certificates are checked against the node's own.
        node.host = node.address
    return first, second, resolver


@test(bound=240, only_facteur=True)
def mail_by_mx_waits_for_a_server_that_is_down(world):
    """aa writes to bb while bb is down, bb comes up and answers; each mail arrives once."""
    first, second, resolver = _pair(world)
    there, back = token("mx"), token("mx-back")
    try:
        first.start()
        first.submit(first.user, second.user, message(first.user, second.user, there))
        wait(lambda: ("bb.test", "MX") in resolver.asked, 30, "aa asks for the MX of bb")
        time.sleep(2)
        assert len(first.queued()) == 1, "the mail does not wait in aa's queue"
        second.start()
        # The first turn after a failure is a minute later.
        second.arrives(second.user, there, seconds=100)
        second.submit(second.user, first.user, message(second.user, first.user, back))
        first.arrives(first.user, back, seconds=60)
        wait(lambda: not first.queued() and not second.queued(), 30, "both queues are empty")
        time.sleep(2)
        assert second.count(second.user, "INBOX", there) == 1 and first.count(first.user, "INBOX", back) == 1
        text = second.fetch(second.user, "INBOX", second.find(second.user, "INBOX", there)[0]).decode()
        assert "Received: from" in text and "mail.aa.test" in text, "no trace of aa"
    finally:
        print("aa:", first.log() if first.process else "", "\nbb:", second.log() if second.process else "")
        first.stop()
        second.stop()


@test(bound=180, only_facteur=True)
def an_unknown_user_comes_back_as_a_dsn(world):
    """Mail to somebody bb does not know comes back to its writer as a DSN one can read."""
    first, second, _ = _pair(world)
    subject = token("mx-unknown")
    nobody = "nobody@bb.test"
    try:
        first.start()
        second.start()
        first.submit(first.user, nobody, message(first.user, nobody, subject))
        session = first.imap(first.user)

        def returned():
            session.select("INBOX", readonly=True)
            return session.uid("SEARCH", "TEXT", nobody)[1][0]
        wait(returned, 60, "a DSN in INBOX")
        uid = int(returned().split()[0])
        session.logout()
        dsn = email.message_from_bytes(first.fetch(first.user, "INBOX", uid), policy=email.policy.default)
        print(dsn.as_string())
        assert dsn.get_content_type() == "multipart/report" and dsn.get_param("report-type") == "delivery-status"
        people, machines, original = list(dsn.iter_parts())[:3]
        assert nobody in people.get_content(), "the text does not name the address"
        status = machines.as_string()
        assert machines.get_content_type() == "message/delivery-status"
        assert f"rfc822;{nobody}" in status.replace("; ", ";") and "Action: failed" in status and "5.1.1" in status
        assert subject in original.as_string(), "the original is not named"
        assert first.queued() == [], "it still waits"
        returned_path = dsn["Return-Path"]
        assert returned_path is None or "<>" in returned_path, "a DSN must have the null reverse-path"
    finally:
        print("aa:", first.log() if first.process else "", "\nbb:", second.log() if second.process else "")
        first.stop()
        second.stop()
