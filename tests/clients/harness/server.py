"""Starting and stopping the server under test: `facteur demo`, or the peers."""

import os
import pathlib
import random
import signal
import socket
import subprocess
import time

from harness.world import DOORS, World

ROOT = pathlib.Path(__file__).resolve().parents[3]


class CannotStart(Exception):
    """The server is not there or did not become ready; the text says why."""


def binary():
    path = pathlib.Path(os.environ.get("FACTEUR_BIN", ROOT / "target/debug/facteur")).resolve()
    if not path.exists():
        raise CannotStart(f"there is no {path}; run `cargo build`, or set FACTEUR_BIN")
    return str(path)


def is_free(port):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            return True
        except OSError:
            return False


def free_offset():
    """A port offset, below the ephemeral ports, at which every door is free."""
    offsets = list(range(3000, 30000, 1000))
    random.shuffle(offsets)
    standard = list(DOORS.values()) + [389, 636, 4190]
    for offset in offsets:
        if all(is_free(port + offset) for port in standard):
            return offset
    raise CannotStart("no port offset from 3000 to 29000 has all its ports free")


class Running:
    """A server that was started, as `world` describes it."""

    def __init__(self, world, log):
        self.world, self.log = world, log

    def log_tail(self, lines=12):
        try:
            return pathlib.Path(self.log).read_text(errors="replace").splitlines()[-lines:]
        except OSError:
            return []


class Demo(Running):
    """`facteur demo` in a folder of its own; it can be killed and started again."""

    def __init__(self, folder, program, offset=None):
        offset = free_offset() if offset is None else offset
        data = pathlib.Path(folder) / "data"
        super().__init__(World("facteur", offset, str(data / "tls/cert.pem"), str(data), folder, program),
                         pathlib.Path(folder) / "server.log")
        self.process = None

    def start(self, seconds=60):
        command = [self.world.binary, "demo", "--data", self.world.data, "--keep",
                   "--port-offset", str(self.world.offset)]
        with open(self.log, "ab") as log:
            # In our own session, unlike the clients: it must outlive a test.
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        self.wait_ready(seconds)
        return self

    def wait_ready(self, seconds):
        end = time.monotonic() + seconds
        while True:
            if self.ended():
                raise CannotStart(f"it ended with {self.process.returncode}:\n" + "\n".join(self.log_tail()))
            try:
                self.world.imap("alice@demo.test", timeout=10).logout()
                break
            except Exception as why:  # not ready in whatever way; the last reason is shown
                if time.monotonic() > end:
                    self.stop()
                    raise CannotStart(f"not ready after {seconds} s: {why}\n" + "\n".join(self.log_tail())) from why
            time.sleep(0.1)
        # A demonstration shows a meter at 70 %; what is tested here needs room.
        subprocess.run([self.world.binary, "account", "quota", "alice@demo.test", "4G", "--data", self.world.data],
                       check=True, stdout=subprocess.DEVNULL)

    def ended(self):
        return self.process is None or self.process.poll() is not None

    def kill(self):
        """As a power cut would, as far as a process can tell."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        if self.ended():
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            print("the server did not stop within 20 s of SIGTERM: killed")
            self.kill()


class Peers(Running):
    """Postfix and Dovecot, to prove that a scenario can pass and fail without us."""

    def __init__(self, folder):
        import peers
        try:
            offset = free_offset()
            # Dovecot runs as other users, who must reach its folder.
            state = peers.HOME / "clients"
            ports = {door: port + offset for door, port in DOORS.items()}
            self.peers = peers.Peers(state, ports).start()
        except peers.Unavailable as why:
            raise CannotStart(str(why)) from why
        super().__init__(World("peers", offset, str(self.peers.cert), str(state), folder), state / "dovecot.log")
        for door in ("smtp", "imaps"):
            self.wait_for(self.world.ports[door])

    def wait_for(self, port):
        end = time.monotonic() + 20
        while time.monotonic() < end:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except OSError:
                time.sleep(0.1)
        self.stop()
        raise CannotStart(f"nobody listens on {port} after 20 s")

    def ended(self):
        return any(process.poll() is not None for process in self.peers.masters)

    def stop(self):
        self.peers.stop()


def start(kind, folder):
    if kind == "peers":
        return Peers(folder)
    folder = pathlib.Path(folder) / "server"
    folder.mkdir()
    return Demo(folder, binary()).start()
