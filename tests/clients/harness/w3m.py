"""w3m in a pseudo-terminal: keys in, the page saved as text out."""

import os
import pty
import re
import select
import shlex
import subprocess
import time


class W3m:
    def __init__(self, world, url):
        self.folder = world.tmp
        self.saved = 0
        self.text = ""
        editor = self.folder / "editor"
        # A text area is edited by $EDITOR: ours puts what is to be written on top.
        editor.write_text(f'#!/bin/sh\ncat {shlex.quote(str(self.folder / "typed"))} "$1" > "$1.new" && mv "$1.new" "$1"\n')
        editor.chmod(0o755)
        (self.folder / "typed").write_text("")
        self.master, slave = pty.openpty()
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(self.folder), "TERM": "vt100", "LANG": "C.UTF-8",
                       "LINES": "60", "COLUMNS": "120", "EDITOR": str(editor)}
        options = ["-cookie", "-no-mouse", "-o", "accept_cookie=1", "-o", "confirm_qq=0", "-o", "use_history=0",
                   "-o", "display_link_number=0", "-o", f"editor={editor}", "-o", "indent_incr=2", "-o", "ignorecase_search=0"]
        self.process = subprocess.Popen(["w3m", *options, url], stdin=slave, stdout=slave, stderr=slave,
                                        env=environment, cwd=self.folder)
        os.close(slave)
        self.settle()

    def settle(self, quiet=0.4, most=15):
        """Reads until w3m has had nothing to draw for a moment."""
        end = time.monotonic() + most
        while time.monotonic() < end:
            ready, _, _ = select.select([self.master], [], [], quiet)
            if not ready:
                return
            try:
                os.read(self.master, 65536)
            except OSError:
                return

    def keys(self, text):
        assert self.process.poll() is None, "w3m has ended"
        os.write(self.master, text.encode())
        self.settle()

    def page(self):
        """The page as text, as w3m lays it out."""
        self.saved += 1
        path = self.folder / f"page-{self.saved}.txt"
        self.keys(f"S{path}\r")
        assert path.exists(), "w3m did not save its page"
        self.text = path.read_text(errors="replace")
        print(f"--- page {self.saved}\n{self.text}", flush=True)
        return self.text

    def wait_for(self, words, seconds=15):
        """Saves the page until it shows `words`."""
        end = time.monotonic() + seconds
        while words not in self.page():
            assert time.monotonic() < end, f"no page with {words!r}"
            time.sleep(0.3)
        return self.text

    def go_to(self, pattern, last=False):
        """Puts the cursor on the first place from the top that matches, or on the last."""
        assert re.search(pattern, self.text), f"{pattern!r} is not on the page"
        # `g` and `G` are top and bottom, `^` and `$` start and end of the line.
        self.keys("G$" if last else "g^")
        self.keys(("?" if last else "/") + pattern + "\r")

    def follow(self, pattern, last=False):
        """Follows the link, or presses the button, that matches."""
        self.go_to(pattern, last)
        self.keys("\r")

    def fill(self, label, value):
        """Types into the field that follows a label."""
        self.go_to(label)
        self.keys("\t")
        # A field shows its present value for editing: take it away first (Ctrl-U).
        self.keys("\r")
        self.keys("\x15" + value + "\r")

    def fill_area(self, label, value):
        """Writes into the text area that follows a label."""
        (self.folder / "typed").write_text(value)
        self.go_to(label)
        self.keys("\t\r")
        time.sleep(0.3)
        self.settle()

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.master)
