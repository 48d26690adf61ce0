"""A fast sender for many messages: one SMTP connection, commands pipelined (RFC 2920)."""

import re
import socket


def crlf(content):
    """The content with every line end as CRLF, and the last line ended."""
    content = re.sub(rb"\r\n|\r|\n", b"\r\n", content)
    return content if content.endswith(b"\r\n") else content + b"\r\n"


class Sender:
    def __init__(self, port, timeout=60):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile("rb")
        self.expect(220)
        self.socket.sendall(b"EHLO client.example\r\n")
        self.expect(250)

    def reply(self):
        while True:
            line = self.file.readline()
            if not line:
                raise ConnectionError("the server closed the connection")
            if line[3:4] != b"-":
                return int(line[:3]), line.decode(errors="replace").strip()

    def expect(self, code):
        got, text = self.reply()
        assert got == code, text

    def send(self, sender, recipient, content):
        """Delivers `content`, which has CRLF line ends; answers the reply to its last line."""
        start = f"MAIL FROM:<{sender}>\r\nRCPT TO:<{recipient}>\r\nDATA\r\n"
        self.socket.sendall(start.encode())
        answers = [self.reply() for _ in range(3)]
        refused = [text for code, text in answers if code >= 400]
        if answers[2][0] != 354:
            if refused:
                self.socket.sendall(b"RSET\r\n")
                self.reply()
            return answers[2][0], "; ".join(refused)
        stuffed = re.sub(rb"(?m)^\.", b"..", content)
        self.socket.sendall(stuffed + b".\r\n")
        return self.reply()

    def close(self):
        try:
            self.socket.sendall(b"QUIT\r\n")
            self.reply()
        except OSError:
            pass
        self.socket.close()
