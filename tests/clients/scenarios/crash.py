"""`kill -9` of the whole server in the middle of 200 concurrent deliveries."""

import collections
import random
import re
import threading
import time

from harness.sender import Sender
from harness.server import Demo
from harness.world import ADMIN, BOB, expect_ok, message, quoted, test, token

CONNECTIONS = 200
ROUNDS = 3
# Not Alice: her mailbox is nearly full, as the demo has it.
USERS = [BOB, ADMIN]


def _storm(world, name):
    """Delivers on 200 connections until the server is gone; answers what got a 250, by token."""
    answered, sent, refused = [], [], []
    ready = threading.Barrier(CONNECTIONS + 1)

    def work(number):
        try:
            sender = Sender(world.ports["smtp"], timeout=20)
        except (OSError, AssertionError) as why:
            refused.append(str(why))
            sender = None
        ready.wait(60)
        count = 0
        while sender:
            subject = f"{name}-{number}-{count}-end"
            user = USERS[(number + count) % len(USERS)]
            text = message("storm@elsewhere.test", user, subject, "Text of the storm.\r\n" * random.randrange(200))
            sent.append(subject)
            try:
                # Never sent again, whatever becomes of it.
                code, reply = sender.send("storm@elsewhere.test", user, text.encode())
            except (OSError, ValueError):
                return
            if code == 250:
                answered.append(subject)
            else:
                refused.append(reply)
                return
            count += 1

    threads = [threading.Thread(target=work, args=(number,), daemon=True) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    return ready, threads, answered, sent, refused


def _subjects(world):
    """How often each message of the storm is there, in any account, and that UIDs grow."""
    found = collections.Counter()
    for user in USERS:
        session = world.imap(user, timeout=120)
        for mailbox in ("INBOX", world.mailbox_for(user, "\\Junk")):
            expect_ok(session.select(quoted(mailbox), readonly=True))
            data = expect_ok(session.uid("FETCH", "1:*", "(BODY.PEEK[])"))
            last = 0
            for part in data:
                if not isinstance(part, tuple):
                    continue
                uid = int(re.search(rb"UID (\d+)", part[0]).group(1))
                assert uid > last, f"UID {uid} after {last}"
                last = uid
                subject = re.search(rb"(?m)^Subject: (\S+-end)\r$", part[1])
                if subject:
                    assert part[1].endswith(b"\r\n"), "a message without its end"
                    found[subject.group(1).decode()] += 1
        session.logout()
    return found


@test(bound=300, only_facteur=True)
def what_was_answered_is_there_once(world):
    """Three times over: every message answered 250 is there once after the restart, none is there twice."""
    demo = Demo(world.tmp, world.binary).start()
    world = demo.world
    all_answered, all_sent = [], []
    try:
        for number in range(ROUNDS):
            ready, threads, answered, sent, refused = _storm(world, token(f"storm{number}"))
            ready.wait(60)
            time.sleep(random.uniform(0.5, 2.0))
            demo.kill()
            for thread in threads:
                thread.join(30)
            assert not refused, f"{len(refused)} of {CONNECTIONS} connections were refused, the first: {refused[0]}"
            assert len(answered) >= 20, f"only {len(answered)} were answered before the end"
            all_answered += answered
            all_sent += sent
            demo.start()
            found = _subjects(world)
            lost = [subject for subject in all_answered if not found[subject]]
            twice = [subject for subject in all_sent if found[subject] > 1]
            print(f"round {number}: {len(answered)} answered, {len(sent)} begun, {len(found)} there in all")
            assert not lost, f"{len(lost)} of {len(all_answered)} answered messages are lost: {lost[:3]}"
            assert not twice, f"{len(twice)} are there twice: {twice[:3]}"
    finally:
        demo.stop()
    return f"{len(all_answered)} answered over {CONNECTIONS} connections in {ROUNDS} rounds, none lost, none twice"
