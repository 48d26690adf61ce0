"""fetchmail collects by POP3; the mail stays in the webmail."""

from harness.world import ADMIN, PASSWORD, message, run, test, token
from harness.webmail import Webmail

NEEDS = ["fetchmail"]


def _fetchmail(world, user, *options, ok=(0,), port="pop3s", tls="ssl", uidl=""):
    """Collects into the file `collected`, and deletes on the server, as is its way."""
    config = world.tmp / "fetchmailrc"
    collected = world.tmp / "collected"
    collected.touch()
    config.write_text(f"""
poll {world.host} protocol pop3 service {world.ports[port]} {uidl}
  user "{user}" password "{PASSWORD}"
  {tls} sslcertck sslcertfile {world.cert}
  mda "cat >> {collected}"
  {' '.join(options)}
""")
    config.chmod(0o600)
    said = run("fetchmail", "--fetchmailrc", config, "--nodetach", "--nosyslog", "--verbose", timeout=150, ok=ok,
               env={"PATH": "/usr/bin:/bin", "HOME": str(world.tmp), "FETCHMAILHOME": str(world.tmp)})
    return said, collected.read_text(errors="replace")


def _two(world):
    subjects = [token("pop"), token("pop")]
    for subject in subjects:
        world.deliver("x@elsewhere.test", ADMIN, message("x@elsewhere.test", ADMIN, subject, "Line\r\n.dot\r\n"))
        world.arrives(ADMIN, subject)
    return subjects


@test(bound=180, needs=NEEDS)
def keeps_when_asked(world):
    """With UIDL and `keep` over STLS, each mail is collected once, and once only."""
    subjects = _two(world)
    # `sslproto tls1.2+` without `ssl` makes fetchmail insist on STLS.
    options = {"port": "pop3", "tls": "sslproto tls1.2+", "uidl": "uidl"}
    _, collected = _fetchmail(world, ADMIN, "keep", **options)
    assert all(collected.count("Subject: " + subject) == 1 for subject in subjects), "not collected once each"
    assert "\n.dot\n" in collected, "the dot line changed"
    _, collected = _fetchmail(world, ADMIN, "keep", **options, ok=(1,))
    assert all(collected.count("Subject: " + subject) == 1 for subject in subjects), "collected again"


@test(bound=180, needs=NEEDS)
def collected_mail_leaves_the_maildrop(world):
    """Without `keep`, collected mail is gone from the maildrop: a second collection finds none of it."""
    subjects = _two(world)
    _, collected = _fetchmail(world, ADMIN, "nokeep", "fetchall")
    assert all(collected.count("Subject: " + subject) == 1 for subject in subjects), "not collected"
    _, collected = _fetchmail(world, ADMIN, "nokeep", "fetchall", ok=(0, 1))
    assert all(collected.count("Subject: " + subject) == 1 for subject in subjects), "collected again"


@test(bound=180, needs=NEEDS, only_facteur=True)
def collected_mail_stays_in_the_webmail(world):
    """What POP3 took is still listed and read in the webmail, and in All Mail."""
    subjects = _two(world)
    _, collected = _fetchmail(world, ADMIN, "nokeep", "fetchall")
    everything = world.mailbox_for(ADMIN, "\\All")
    webmail = Webmail(world, ADMIN)
    page = webmail.get(webmail.root + "/mail/all")
    for subject in subjects:
        assert "Subject: " + subject in collected
        assert world.count(ADMIN, "INBOX", subject) == 0, "still in INBOX"
        assert world.count(ADMIN, everything, subject) == 1, "not in All Mail"
        assert subject in page.text, "the webmail does not list it in All Mail"
        link = next(href for href, words in page.links if subject in words)
        assert "Line" in webmail.get(link).text, "the webmail does not show it"
