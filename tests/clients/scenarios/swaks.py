"""swaks sends through the three doors for mail: exchange, STARTTLS and TLS."""

from harness.world import ALICE, BOB, PASSWORD, run, test, token

NEEDS = ["swaks"]


def _send(world, door, subject, *more, ok=(0,), sender=ALICE):
    return run("swaks", "--server", world.host, "--port", world.ports[door], "--protocol", "ESMTP",
               "--helo", "client.example", "--from", sender, "--to", BOB, "--header", f"Subject: {subject}",
               "--body", "sent by swaks", "--timeout", "20", *more, ok=ok)


def _login(mechanism):
    return ["--auth", mechanism, "--auth-user", ALICE, "--auth-password", PASSWORD]


@test(needs=NEEDS)
def exchange_takes_mail_for_its_own(world):
    """A stranger's mail to Bob is taken on the exchange port and arrives."""
    subject = token("swaks-mx")
    _send(world, "smtp", subject, sender="stranger@elsewhere.test")
    world.arrives(BOB, subject)


@test(needs=NEEDS)
def exchange_relays_nothing(world):
    """A stranger's mail to another stranger is refused at RCPT (swaks ends with 24)."""
    run("swaks", "--server", world.host, "--port", world.ports["smtp"], "--helo", "client.example",
        "--from", "stranger@elsewhere.test", "--to", "someone@example.com", "--quit-after", "RCPT", ok=(24,))


@test(needs=NEEDS)
def submission_after_starttls(world):
    """Alice sends after STARTTLS, with the certificate and its name checked."""
    subject = token("swaks-starttls")
    _send(world, "submission", subject, "--tls", "--tls-verify", "--tls-ca-path", world.cert, *_login("PLAIN"))
    world.arrives(BOB, subject)


@test(needs=NEEDS)
def submission_under_tls(world):
    """Alice sends on the TLS port, by AUTH LOGIN."""
    subject = token("swaks-tls")
    _send(world, "submissions", subject, "--tls-on-connect", "--tls-verify", "--tls-ca-path", world.cert,
          *_login("LOGIN"))
    world.arrives(BOB, subject)


@test(needs=NEEDS)
def no_password_before_tls(world):
    """Without TLS, submission announces no AUTH and takes none (swaks ends with 28)."""
    said = _send(world, "submission", token("swaks-clear"), *_login("PLAIN"), ok=(28,))
    assert "250-AUTH" not in said and "250 AUTH" not in said, "AUTH is announced before TLS"


@test(needs=NEEDS)
def a_wrong_password_is_refused(world):
    """A wrong password ends with 535 (swaks ends with 28)."""
    said = _send(world, "submissions", token("swaks-wrong"), "--tls-on-connect", "--auth", "PLAIN",
                 "--auth-user", ALICE, "--auth-password", "not-" + PASSWORD, ok=(28,))
    assert "535" in said, "no 535"
