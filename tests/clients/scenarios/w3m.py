"""w3m, a browser for text terminals: signs in, reads and answers."""

import html
import re

from harness.w3m import W3m
from harness.webmail import Webmail
from harness.world import ALICE, BOB, PASSWORD, message, test, token


def _label(page, field):
    """What the page writes beside a field, in whatever language it is."""
    found = re.search(rf'<label[^>]* for="{field}"[^>]*>(.*?)</label>', page.source, re.S)
    assert found, f"no label for {field} on {page.url}"
    return html.unescape(re.sub(r"<[^>]*>", "", found.group(1))).strip()


def _button(form, words):
    return next(" ".join(button[2].split()) for button in form.buttons if words in f"{button[0]}={button[1]}")


@test(bound=120, needs=["w3m"], only_facteur=True)
def signs_in_reads_and_answers(world):
    """Bob signs in on the plain door, opens a mail from the list, and answers it; Alice gets the answer."""
    subject = token("w3m")
    world.submit(ALICE, BOB, message(ALICE, BOB, subject, "Shall we meet at noon?\r\n"))
    world.arrives(BOB, subject)

    # The words on the pages, as another browser without scripts sees them.
    webmail = Webmail(world)
    door = webmail.page
    sign_in = next(form for form in door.forms if "password" in form.names())
    webmail.sign_in(BOB)
    listed = webmail.get(webmail.root + "/mail/inbox")
    link = next(href for href, words in listed.links if subject in words)
    talk = webmail.get(link)
    reply = next(form for form in talk.forms if "body" in form.names())

    browser = W3m(world, webmail.root + "/")
    try:
        browser.wait_for(_label(door, "user"))
        browser.fill(_label(door, "user"), BOB)
        browser.fill(_label(door, "password"), PASSWORD)
        browser.page()
        browser.follow(" ".join(sign_in.buttons[0][2].split()), last=True)
        browser.wait_for(subject)
        # The first place is the label of its tick box.
        browser.follow(subject, last=True)
        assert "Shall we meet at noon?" in browser.wait_for(_label(talk, "quick"))
        browser.fill_area(_label(talk, "quick"), "Noon it is.\n")
        assert "Noon it is." in browser.page(), "the text area did not take the answer"
        browser.follow(_button(reply, "=send"), last=True)
        browser.page()
    finally:
        browser.close()
    # The webmail waits before it sends.
    uid = world.arrives(ALICE, "Re: " + subject, seconds=30)
    answer = world.fetch(ALICE, "INBOX", uid).decode()
    assert "Noon it is." in answer, "the text is not in the answer"
    assert re.search(r"(?im)^In-Reply-To: <\S+>\r$", answer), "it does not say what it answers"
