"""Thunderbird without a window, driven through Marionette's socket.

Marionette speaks JSON arrays `[type, id, name, parameters]`, each after its
length in bytes and a colon. Scripts run in the chrome context, where
Thunderbird's own objects are: no mail is touched but through them.
"""

import base64
import json
import pathlib
import re
import socket
import subprocess
import time
import urllib.parse

from harness.world import PASSWORD

# What every script may use. `until` polls inside Thunderbird's event loop.
PRELUDE = r"""
const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
const { setTimeout } = ChromeUtils.importESModule("resource://gre/modules/Timer.sys.mjs");
const flags = Ci.nsMsgFolderFlags;
const account = MailServices.accounts.accounts.find(a => a.incomingServer.type == "imap");
const server = account && account.incomingServer;
const folder = flag => server.rootFolder.getFolderWithFlags(flag);
const sleep = ms => new Promise(r => setTimeout(r, ms));
async function until(what, test, seconds = 30) {
    for (let n = 0; n < seconds * 10; n++) {
        const found = await test();
        if (found) return found;
        await sleep(100);
    }
    throw new Error(`after ${seconds} s still not: ${what}`);
}
function refresh(f) {
    return new Promise(done => f.QueryInterface(Ci.nsIMsgImapMailFolder).updateFolderWithListener(null,
        { OnStartRunningUrl() {}, OnStopRunningUrl(url, code) { done(code); } }));
}
const find = (f, subject) => [...f.messages].filter(h => h.mime2DecodedSubject.includes(subject));
async function message(f, subject) {
    const found = await until(`${subject} in ${f.name}`, async () => {
        const h = find(f, subject);
        if (h.length) return h;
        await refresh(f);
        return null;
    });
    if (found.length != 1) throw new Error(`${subject} is ${found.length} times in ${f.name}`);
    return found[0];
}
"""


class Thunderbird:
    """A fresh profile with one account, signed in by nothing but its settings."""

    def __init__(self, world, user):
        self.world, self.user = world, user
        self.profile = world.tmp / "profile"
        self.profile.mkdir()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.write_settings()
        environment = {"PATH": "/usr/bin:/bin", "HOME": str(world.tmp), "LANG": "C.UTF-8", "MOZ_HEADLESS": "1",
                       "MOZ_CRASHREPORTER_DISABLE": "1"}
        # In the session of the test, which is ended as a whole.
        self.process = subprocess.Popen(
            ["thunderbird", "--headless", "--marionette", "--remote-allow-system-access", "--no-remote",
             "--profile", str(self.profile)],
            stdin=subprocess.DEVNULL, env=environment, stderr=open(world.tmp / "thunderbird.log", "wb"))
        self.connect()
        self.call("WebDriver:NewSession", {})
        self.call("WebDriver:SetTimeouts", {"script": 60000})
        self.call("Marionette:SetContext", {"value": "chrome"})
        self.trust_and_sign_in()

    def write_settings(self):
        world, user = self.world, self.user
        root = f"imap://{urllib.parse.quote(user)}@{world.host}/"
        settings = {
            "marionette.port": self.port,
            "mail.accountmanager.accounts": "account1,account2",
            "mail.accountmanager.defaultaccount": "account1",
            "mail.accountmanager.localfoldersserver": "server2",
            "mail.account.account1.server": "server1",
            "mail.account.account1.identities": "id1",
            "mail.account.account2.server": "server2",
            "mail.server.server1.type": "imap",
            "mail.server.server1.hostname": world.host,
            "mail.server.server1.port": world.ports["imaps"],
            "mail.server.server1.socketType": 3,
            "mail.server.server1.authMethod": 3,
            "mail.server.server1.userName": user,
            "mail.server.server1.name": user,
            "mail.server.server1.login_at_startup": False,
            "mail.server.server1.check_new_mail": False,
            "mail.server.server2.type": "none",
            "mail.server.server2.hostname": "Local Folders",
            "mail.server.server2.userName": "nobody",
            "mail.server.server2.name": "Local Folders",
            "mail.identity.id1.useremail": user,
            "mail.identity.id1.fullName": user.split("@")[0].title(),
            "mail.identity.id1.smtpServer": "smtp1",
            "mail.identity.id1.valid": True,
            "mail.identity.id1.compose_html": False,
            "mail.identity.id1.fcc": True,
            "mail.identity.id1.fcc_folder": root + world.mailbox_for(user, "\\Sent"),
            "mail.identity.id1.fcc_folder_picker_mode": "1",
            "mail.identity.id1.draft_folder": root + world.mailbox_for(user, "\\Drafts"),
            "mail.smtpservers": "smtp1",
            "mail.smtp.defaultserver": "smtp1",
            "mail.smtpserver.smtp1.type": "smtp",
            "mail.smtpserver.smtp1.hostname": world.host,
            "mail.smtpserver.smtp1.port": world.ports["submissions"],
            "mail.smtpserver.smtp1.try_ssl": 3,
            "mail.smtpserver.smtp1.authMethod": 3,
            "mail.smtpserver.smtp1.username": user,
            "mail.provider.enabled": False,
            "mail.rights.version": 1,
            "mail.spotlight.firstRunDone": True,
            "mail.shell.checkDefaultClient": False,
            "mailnews.start_page.enabled": False,
            "mail.spellcheck.inline": False,
            "mailnews.database.global.indexer.enabled": False,
            "app.donation.eoy.version.viewed": 999,
            "app.update.enabled": False,
            "app.update.auto": False,
            "extensions.update.enabled": False,
            "browser.safebrowsing.phishing.enabled": False,
            "browser.safebrowsing.malware.enabled": False,
            "datareporting.policy.dataSubmissionEnabled": False,
            "toolkit.telemetry.enabled": False,
            "network.captive-portal-service.enabled": False,
            "network.connectivity-service.enabled": False,
        }
        lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in settings.items())
        (self.profile / "user.js").write_text("".join(lines))

    def connect(self):
        end = time.monotonic() + 60
        while True:
            try:
                self.socket = socket.create_connection(("127.0.0.1", self.port), 90)
                break
            except OSError:
                assert self.process.poll() is None, f"Thunderbird ended with {self.process.returncode}"
                assert time.monotonic() < end, "Thunderbird opens no Marionette port within 60 s"
                time.sleep(0.2)
        self.buffer, self.serial = b"", 0
        self.read()

    def read(self):
        while b":" not in self.buffer:
            self.fill()
        length, self.buffer = self.buffer.split(b":", 1)
        while len(self.buffer) < int(length):
            self.fill()
        text, self.buffer = self.buffer[:int(length)], self.buffer[int(length):]
        return json.loads(text)

    def fill(self):
        data = self.socket.recv(65536)
        assert data, "Thunderbird closed Marionette's socket"
        self.buffer += data

    def call(self, name, parameters):
        self.serial += 1
        text = json.dumps([0, self.serial, name, parameters]).encode()
        self.socket.sendall(str(len(text)).encode() + b":" + text)
        while True:
            answer = self.read()
            if answer[0] == 1 and answer[1] == self.serial:
                break
        assert answer[2] is None, f"{name}: {answer[2]['message']}\n{answer[2].get('stacktrace', '')[:800]}"
        return answer[3]

    def run(self, script, *values):
        """Runs the body of an async function in Thunderbird; answers what it returns."""
        body = f"""
            const done = arguments[arguments.length - 1];
            const given = [...arguments].slice(0, -1);
            (async () => {{ {PRELUDE} {script} }})().then(
                value => done({{ value: value === undefined ? null : value }}),
                error => done({{ error: String(error) + "\\n" + (error.stack || "") }}));
        """
        answer = self.call("WebDriver:ExecuteAsyncScript", {"script": body, "args": list(values), "newSandbox": True})
        result = answer["value"]
        assert "error" not in result, "in Thunderbird: " + result["error"]
        return result["value"]

    def trust_and_sign_in(self):
        """Trusts the server's own certificate for its ports, and stores the passwords."""
        pem = pathlib.Path(self.world.cert).read_text()
        first = re.search(r"-----BEGIN CERTIFICATE-----(.+?)-----END", pem, re.S).group(1)
        base64.b64decode(first)
        self.run("""
            const [text, host, ports, user, password] = given;
            const store = Cc["@mozilla.org/security/x509certdb;1"].getService(Ci.nsIX509CertDB);
            const certificate = store.constructX509FromBase64(text);
            const overrides = Cc["@mozilla.org/security/certoverride;1"].getService(Ci.nsICertOverrideService);
            for (const port of ports)
                overrides.rememberValidityOverride(host, port, {}, certificate, true);
            for (const origin of ["imap://" + host, "smtp://" + host]) {
                const login = Cc["@mozilla.org/login-manager/loginInfo;1"].createInstance(Ci.nsILoginInfo);
                login.init(origin, null, origin, user, password, "", "");
                await Services.logins.addLoginAsync(login);
            }
        """, "".join(first.split()), self.world.host, [self.world.ports["imaps"], self.world.ports["submissions"]],
            self.user, PASSWORD)
        # The first connection also lists the mailboxes.
        self.run("""
            server.getNewMessages(folder(flags.Inbox), null, null);
            await until("the mailboxes", () => folder(flags.Trash) && folder(flags.SentMail));
        """)

    def close(self):
        try:
            self.call("Marionette:Quit", {"flags": ["eForceQuit"]})
        except (OSError, AssertionError):
            pass
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
