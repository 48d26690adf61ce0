"""A name server for tests: a few MX and A records, and NXDOMAIN for the rest (RFC 1035)."""

import socket
import struct
import threading

TYPES = {"A": 1, "MX": 15, "AAAA": 28, "TXT": 16}


def _name(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".") if label) + b"\0"


class Dns:
    """Answers on a UDP and a TCP port of loopback. `zone` maps (name, type) to values."""

    def __init__(self, zone):
        self.zone = zone
        self.names = {name for name, _ in zone}
        self.asked = []
        while True:
            self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.udp.bind(("127.0.0.1", 0))
            self.port = self.udp.getsockname()[1]
            self.tcp = socket.socket()
            try:
                self.tcp.bind(("127.0.0.1", self.port))
                break
            except OSError:
                self.udp.close()
        self.tcp.listen()
        threading.Thread(target=self.serve_udp, daemon=True).start()
        threading.Thread(target=self.serve_tcp, daemon=True).start()

    def serve_udp(self):
        while True:
            query, peer = self.udp.recvfrom(4096)
            answer = self.answer(query)
            if answer:
                self.udp.sendto(answer, peer)

    def serve_tcp(self):
        while True:
            connection, _ = self.tcp.accept()
            with connection:
                connection.settimeout(5)
                try:
                    length = connection.recv(2)
                    answer = self.answer(connection.recv(struct.unpack(">H", length)[0]))
                    connection.sendall(struct.pack(">H", len(answer)) + answer)
                except (OSError, struct.error):
                    pass

    def answer(self, query):
        if len(query) < 17:
            return b""
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode("ascii", "replace"))
            at += 1 + query[at]
        question = query[12:at + 5]
        kind = struct.unpack(">H", query[at + 1:at + 3])[0]
        name = ".".join(labels).lower()
        word = next((word for word, number in TYPES.items() if number == kind), str(kind))
        self.asked.append((name, word))
        records = b""
        values = self.zone.get((name, word), [])
        for value in values:
            if word == "MX":
                data = struct.pack(">H", value[0]) + _name(value[1])
            elif word == "A":
                data = socket.inet_aton(value)
            elif word == "AAAA":
                data = socket.inet_pton(socket.AF_INET6, value)
            else:
                data = bytes([len(value)]) + value.encode()
            records += b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(data)) + data
        known = name in self.names
        flags = 0x8580 | (0 if known else 3)
        return query[:2] + struct.pack(">HHHHH", flags, 1, len(values), 0, 0) + question + records
