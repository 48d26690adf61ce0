"""A mail from Alice to Bob while Bob's IDLE waits."""

import smtplib
import statistics
import threading
import time

from harness.idle import Idler
from harness.world import ALICE, BOB, PASSWORD, message, test, token

LIMIT = 0.100
TRIES = 7


@test(bound=90)
def news_within_a_tenth_of_a_second(world):
    """From the 250 to Alice's DATA to the EXISTS of Bob's IDLE: the best of 7 tries is under 100 ms."""
    idler = Idler(world, BOB)
    session = smtplib.SMTP_SSL(world.host, world.ports["submissions"], context=world.tls(), timeout=30)
    session.login(ALICE, PASSWORD)
    took = []
    for _ in range(TRIES):
        came = []
        waiter = threading.Thread(target=lambda: came.append(idler.wait_exists()), daemon=True)
        waiter.start()
        session.sendmail(ALICE, [BOB], message(ALICE, BOB, token("idle")))
        sent = time.monotonic()
        waiter.join(10)
        assert came, "no EXISTS within 10 s"
        took.append(came[0] - sent)
        time.sleep(0.2)
    session.quit()
    idler.done()
    best, middle = min(took), statistics.median(took)
    # The peers pass a queue and a file watch; their figure is printed for comparison.
    assert best < LIMIT or world.kind == "peers", f"the best of {TRIES} took {best * 1000:.0f} ms"
    return f"best {best * 1000:.1f} ms, median {middle * 1000:.1f} ms of {TRIES}"
