"""Thunderbird reads, moves to Trash and back, marks, deletes and sends; imaplib checks what became of it."""

from harness.thunderbird import Thunderbird
from harness.world import ALICE, BOB, expect_ok, message, test, token, uids, wait

ACCENTED = "Été à Besançon"


def _flagged(world, subject):
    session = world.imap(ALICE)
    expect_ok(session.select("INBOX", readonly=True))
    found = uids(session, "SEEN", "FLAGGED", "SUBJECT", subject)
    session.logout()
    return len(found) == 1


@test(bound=240, needs=["thunderbird"])
def a_morning_with_thunderbird(world):
    """One session: read, mark, to Trash and back, delete, send; nothing lost, nothing doubled."""
    read, moved, doomed, sent = token("tb-read"), token("tb-move"), token("tb-delete"), token("tb-send")
    trash, sent_box = world.mailbox_for(ALICE, "\\Trash"), world.mailbox_for(ALICE, "\\Sent")
    encoded = "=?utf-8?Q?=C3=89t=C3=A9_=C3=A0_Besan=C3=A7on?= "
    for subject in (read, moved, doomed):
        world.deliver("x@elsewhere.test", ALICE, message("x@elsewhere.test", ALICE, encoded + subject, "Le train part à 8 h.\r\n"))
    for subject in (read, moved, doomed):
        world.arrives(ALICE, subject)
    thunderbird = Thunderbird(world, ALICE)

    text = thunderbird.run("""
        const header = await message(folder(flags.Inbox), given[0]);
        const uri = header.folder.getUriForMsg(header);
        const listener = Cc["@mozilla.org/network/sync-stream-listener;1"].createInstance(Ci.nsISyncStreamListener);
        MailServices.messageServiceFromURI(uri).streamMessage(uri, listener, null, null, false, "", false);
        await until("the text", () => listener.inputStream.available() > 0);
        await sleep(500);
        const stream = Cc["@mozilla.org/scriptableinputstream;1"].createInstance(Ci.nsIScriptableInputStream);
        stream.init(listener.inputStream);
        const bytes = stream.readBytes(stream.available());
        return [header.mime2DecodedSubject, new TextDecoder().decode(Uint8Array.from(bytes, c => c.charCodeAt(0)))];
    """, read)
    assert text[0].startswith(ACCENTED), text[0]
    assert "Le train part à 8 h." in text[1], text[1]

    thunderbird.run("""
        const inbox = folder(flags.Inbox);
        const header = await message(inbox, given[0]);
        inbox.markMessagesRead([header], true);
        inbox.markMessagesFlagged([header], true);
    """, read)
    wait(lambda: _flagged(world, read), 20, "read and starred on the server")

    move = """
        const [subject, from, to] = given;
        const [source, target] = [folder(flags[from]), folder(flags[to])];
        const header = await message(source, subject);
        MailServices.copy.copyMessages(source, [header], target, true, null, null, false);
        await until("gone from where it was", () => find(source, subject).length == 0);
        await message(target, subject);
    """
    thunderbird.run(move, moved, "Inbox", "Trash")
    wait(lambda: world.count(ALICE, trash, moved) == 1 and world.count(ALICE, "INBOX", moved) == 0, 20, "in Trash")
    thunderbird.run(move, moved, "Trash", "Inbox")
    wait(lambda: world.count(ALICE, trash, moved) == 0 and world.count(ALICE, "INBOX", moved) == 1, 20, "back in INBOX")

    thunderbird.run("""
        const inbox = folder(flags.Inbox);
        const header = await message(inbox, given[0]);
        inbox.deleteMessages([header], null, false, false, null, false);
        await until("gone from the inbox", () => find(inbox, given[0]).length == 0);
    """, doomed)
    wait(lambda: world.count(ALICE, trash, doomed) == 1 and world.count(ALICE, "INBOX", doomed) == 0, 20, "deleted")

    thunderbird.run("""
        const [subject, to] = given;
        const fields = Cc["@mozilla.org/messengercompose/composefields;1"].createInstance(Ci.nsIMsgCompFields);
        fields.to = to;
        fields.subject = subject;
        fields.body = "Écrit dans Thunderbird.\\n";
        const params = Cc["@mozilla.org/messengercompose/composeparams;1"].createInstance(Ci.nsIMsgComposeParams);
        params.composeFields = fields;
        params.identity = account.defaultIdentity;
        params.type = Ci.nsIMsgCompType.New;
        params.format = Ci.nsIMsgCompFormat.PlainText;
        let ready = null;
        const seen = new Promise(done => ready = done);
        const watch = { observe(window) {
            window.addEventListener("compose-editor-ready", () => ready(window), { once: true, capture: true });
        } };
        Services.ww.registerNotification(watch);
        MailServices.compose.OpenComposeWindowWithParams(null, params);
        const window = await seen;
        Services.ww.unregisterNotification(watch);
        const code = await new Promise(done => {
            window.gMsgCompose.addMsgSendListener({
                QueryInterface: ChromeUtils.generateQI(["nsIMsgSendListener"]),
                onStartSending() {}, onProgress() {}, onStatus() {}, onGetDraftFolderURI() {}, onSendNotPerformed() {},
                onTransportSecurityError() {}, onStopSending(id, status) { done(status); } });
            window.goDoCommand("cmd_sendNow");
        });
        if (code) throw new Error(`sending ended with ${code}`);
        await until("the window to close", () => window.closed);
        await message(folder(flags.SentMail), subject);
    """, sent, BOB)
    uid = world.arrives(BOB, sent)
    assert "Écrit dans Thunderbird." in world.fetch(BOB, "INBOX", uid).decode(), "the text changed"

    # Whatever Thunderbird still had under way is done before it ends.
    thunderbird.close()
    for subject, inbox, bin_, letters in ((read, 1, 0, 0), (moved, 1, 0, 0), (doomed, 0, 1, 0), (sent, 0, 0, 1)):
        found = tuple(world.count(ALICE, box, subject) for box in ("INBOX", trash, sent_box))
        assert found == (inbox, bin_, letters), f"{subject} in INBOX, Trash, Sent: {found}"
    assert world.count(BOB, "INBOX", sent) == 1, "doubled at Bob's"
