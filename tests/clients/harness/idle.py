"""An IMAP client that waits in IDLE (RFC 2177) and tells when news came."""

import socket
import time

from harness.world import PASSWORD


class Idler:
    """Signed in, INBOX selected, waiting."""

    def __init__(self, world, user):
        raw = socket.create_connection((world.host, world.ports["imaps"]), 30)
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket = world.tls().wrap_socket(raw, server_hostname=world.host)
        self.buffer = b""
        self.line()
        self.command(f'LOGIN {user} "{PASSWORD}"')
        self.command("SELECT INBOX")
        self.begin()

    def line(self):
        while b"\r\n" not in self.buffer:
            data = self.socket.recv(65536)
            assert data, "the server closed the connection"
            self.buffer += data
        line, self.buffer = self.buffer.split(b"\r\n", 1)
        return line.decode(errors="replace")

    def command(self, text):
        self.socket.sendall(f"a {text}\r\n".encode())
        while True:
            line = self.line()
            if line.startswith("a "):
                assert line.startswith("a OK"), line
                return

    def begin(self):
        self.socket.sendall(b"i IDLE\r\n")
        while not self.line().startswith("+"):
            pass

    def wait_exists(self):
        """Waits for an EXISTS; answers the moment it came."""
        while True:
            line = self.line()
            if line.endswith(" EXISTS"):
                return time.monotonic()

    def done(self):
        self.socket.sendall(b"DONE\r\n")
        while not self.line().startswith("i "):
            pass
        self.socket.close()
