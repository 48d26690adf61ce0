"""Postfix and Dovecot, unpacked and never installed, with Facteur's demo accounts.

The Debian packages are fetched by `apt-get download` and unpacked by `dpkg -x`
under `target/peers`, since they exclude each other and other mail servers.
`Peers` starts them on loopback with the ports a `facteur demo` would take, so
the benchmark and the client scenarios can be pointed at either.
"""

import os
import pathlib
import re
import shutil
import signal
import subprocess
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
HOME = ROOT / "target" / "peers"
UNPACKED = HOME / "root"
PACKAGES = ["dovecot-core", "dovecot-imapd", "dovecot-lmtpd", "dovecot-pop3d", "postfix"]

DOMAIN = "demo.test"
PASSWORD = "facteur-demo"
# Users every Debian has: the packages would add their own, but nothing is installed.
INTERNAL, LOGIN, OWNER, GROUP, MAIL = "daemon", "nobody", "news", "uucp", "mail"


class Unavailable(Exception):
    """The peers cannot be had on this machine; the text says why."""


def run(*command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    if done.returncode:
        raise Unavailable(f"{' '.join(map(str, command))}: {done.stdout.strip()[-500:]}")
    return done.stdout


def unpack():
    """Fetches and unpacks the packages, with the libraries the machine lacks."""
    done = HOME / "unpacked"
    if done.exists():
        return
    if os.geteuid() != 0:
        raise Unavailable("Postfix and Dovecot change users when they start: run as root")
    if not shutil.which("apt-get"):
        raise Unavailable("the peers come from Debian packages, and there is no apt-get here")
    debs = HOME / "deb"
    shutil.rmtree(HOME, ignore_errors=True)
    debs.mkdir(parents=True)
    depends = run("apt-cache", "depends", "-i", *PACKAGES)
    libraries = set(re.findall(r"Depends: (lib[a-z0-9.+-]+)", depends)) - {"libc6", "libpam-runtime"}
    known = run("dpkg-query", "-W", "-f", "${Package} ${db:Status-Status}\n")
    installed = {line.split()[0] for line in known.splitlines() if line.endswith(" installed")}
    run("apt-get", "download", *PACKAGES, *sorted(libraries - installed), cwd=debs)
    for deb in sorted(debs.glob("*.deb")):
        run("dpkg", "-x", str(deb), str(UNPACKED))
    done.write_text("ok\n")


def versions():
    names = (deb.name.split("_") for deb in sorted((HOME / "deb").glob("*.deb")))
    return {name: version.replace("%3a", ":") for name, version, *_ in names if name in PACKAGES}


def libraries():
    found = {str(path.parent) for path in UNPACKED.rglob("*.so*")}
    first = [str(UNPACKED / "usr/lib/dovecot"), str(UNPACKED / "usr/lib/postfix")]
    return ":".join(first + sorted(found - set(first)))


class Peers:
    """A running Postfix (MX and submission) and Dovecot (LMTP, IMAP, POP3)."""

    def __init__(self, state, ports, users=("alice", "bob", "admin"), tls=True, mail="sdbox"):
        self.state = pathlib.Path(state)
        self.ports = ports
        self.users = users
        self.tls = tls
        self.mail = mail
        self.masters = []

    def start(self):
        unpack()
        if self.state.exists():
            shutil.rmtree(self.state)
        self.state.mkdir(parents=True)
        for above in [self.state, *self.state.parents]:
            if above == ROOT.parent:
                break
            above.chmod(above.stat().st_mode | 0o055)
        (self.state / "mail").mkdir()
        shutil.chown(self.state / "mail", MAIL, MAIL)
        self.certificate()
        self.environment = {"PATH": os.environ["PATH"], "LD_LIBRARY_PATH": libraries()}
        self.start_dovecot()
        self.start_postfix()
        return self

    def certificate(self):
        self.cert, self.key = self.state / "cert.pem", self.state / "key.pem"
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", str(self.key), "-out", str(self.cert), "-days", "30", "-subj", "/CN=localhost",
            "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")

    def start_dovecot(self):
        lib = UNPACKED / "usr/lib/dovecot"
        ports = self.ports
        config = f"""
            base_dir = {self.state}/dovecot
            state_dir = {self.state}/dovecot
            libexec_dir = {lib}
            mail_plugin_dir = {lib}/modules
            auth_debug = no
            import_environment = LD_LIBRARY_PATH={libraries()}
            log_path = {self.state}/dovecot.log
            default_internal_user = {INTERNAL}
            default_login_user = {LOGIN}
            default_internal_group = {INTERNAL}
            first_valid_uid = 1
            first_valid_gid = 1
            protocols = imap pop3 lmtp
            listen = 127.0.0.1
            auth_mechanisms = plain login
            disable_plaintext_auth = no
            ssl = {"yes" if self.tls else "no"}
            ssl_cert = <{self.cert}
            ssl_key = <{self.key}
            mail_location = {self.mail}:~/mail
            mail_max_userip_connections = 1000
            lmtp_save_to_detail_mailbox = no
            protocol lmtp {{
              postmaster_address = postmaster@{DOMAIN}
            }}
            passdb {{
              driver = static
              args = password={PASSWORD}
            }}
            userdb {{
              driver = static
              args = uid={MAIL} gid={MAIL} home={self.state}/mail/%u allow_all_users=yes
            }}
            namespace inbox {{
              inbox = yes
              separator = /
              mailbox Drafts {{
                special_use = \\Drafts
                auto = subscribe
              }}
              mailbox Sent {{
                special_use = \\Sent
                auto = subscribe
              }}
              mailbox Trash {{
                special_use = \\Trash
                auto = subscribe
              }}
              mailbox Spam {{
                special_use = \\Junk
                auto = subscribe
              }}
            }}
            service imap-login {{
              chroot =
              service_count = 0
              process_min_avail = 2
              inet_listener imap {{
                port = {ports['imap']}
              }}
              inet_listener imaps {{
                port = {ports['imaps'] if self.tls else 0}
              }}
            }}
            service pop3-login {{
              chroot =
              inet_listener pop3 {{
                port = {ports['pop3']}
              }}
              inet_listener pop3s {{
                port = {ports['pop3s'] if self.tls else 0}
              }}
            }}
            service lmtp {{
              unix_listener {self.state}/lmtp {{
                mode = 0666
              }}
            }}
            service auth {{
              unix_listener {self.state}/auth {{
                mode = 0666
              }}
            }}
            service anvil {{
              chroot =
            }}
            service stats {{
              chroot =
            }}
        """
        (self.state / "dovecot").mkdir()
        path = self.state / "dovecot.conf"
        path.write_text("\n".join(line.strip() for line in config.splitlines()) + "\n")
        # What the daemon would do by itself, had doveconf been in its place.
        command = [UNPACKED / "usr/bin/doveconf", "-f", "service=master", "-c", path, "-p",
                   "-e", UNPACKED / "usr/sbin/dovecot", "-F", "-c", path]
        # Dovecot looks for its modules in /usr/lib/dovecot whatever the settings say,
        # so it gets a view of its own of /usr/lib.
        overlay = f"mount -t overlay overlay -o lowerdir={UNPACKED}/usr/lib:/usr/lib /usr/lib"
        self.spawn(["unshare", "-m", "sh", "-c", overlay + ' && exec "$@"', "sh", *command])

    def start_postfix(self):
        daemons = UNPACKED / "usr/lib/postfix/sbin"
        etc, queue, data = self.state / "postfix", self.state / "spool", self.state / "postfix-data"
        for path in (etc, queue, data):
            path.mkdir()
        shutil.chown(data, OWNER)
        owned = "active bounce corrupt defer deferred flush hold incoming private saved trace"
        for name in owned.split():
            (queue / name).mkdir(mode=0o700)
            shutil.chown(queue / name, OWNER)
        (queue / "pid").mkdir()
        for name in ("maildrop", "public"):
            (queue / name).mkdir()
            shutil.chown(queue / name, OWNER, GROUP)
            (queue / name).chmod(0o730 if name == "maildrop" else 0o710)
        (etc / "users").write_text("".join(f"{user}@{DOMAIN} ok\n" for user in self.users))
        tls = f"""
            smtpd_tls_cert_file = {self.cert}
            smtpd_tls_key_file = {self.key}
            smtpd_tls_security_level = may
        """
        config = f"""
            compatibility_level = 3.6
            config_directory = {etc}
            daemon_directory = {daemons}
            command_directory = {UNPACKED}/usr/sbin
            meta_directory = {UNPACKED}/etc/postfix
            shlib_directory = {UNPACKED}/usr/lib/postfix
            queue_directory = {queue}
            data_directory = {data}
            mail_owner = {OWNER}
            setgid_group = {GROUP}
            import_environment = MAIL_CONFIG LD_LIBRARY_PATH={libraries()}
            maillog_file_prefixes = {self.state}
            maillog_file = {self.state}/postfix.log
            inet_interfaces = loopback-only
            inet_protocols = ipv4
            myhostname = peer.{DOMAIN}
            mydestination =
            mynetworks =
            alias_maps =
            local_recipient_maps =
            local_header_rewrite_clients =
            message_drop_headers =
            lmtp_line_length_limit = 0
            message_size_limit = 52428800
            mailbox_size_limit = 0
            virtual_mailbox_domains = {DOMAIN}
            virtual_mailbox_maps = texthash:{etc}/users
            virtual_transport = lmtp:unix:{self.state}/lmtp
            virtual_destination_recipient_limit = 1
            lmtp_destination_concurrency_limit = 20
            default_destination_concurrency_limit = 20
            smtpd_client_connection_count_limit = 0
            smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
            smtpd_sasl_type = dovecot
            smtpd_sasl_path = {self.state}/auth
            {tls if self.tls else ""}
        """
        (etc / "main.cf").write_text("\n".join(line.strip() for line in config.splitlines()) + "\n")
        ports = self.ports
        services = f"""
            127.0.0.1:{ports['smtp']} inet n - n - 200 smtpd
            127.0.0.1:{ports['submission']} inet n - n - - smtpd
              -o smtpd_tls_security_level=encrypt -o smtpd_sasl_auth_enable=yes
            127.0.0.1:{ports['submissions']} inet n - n - - smtpd
              -o smtpd_tls_wrappermode=yes -o smtpd_sasl_auth_enable=yes
            cleanup unix n - n - 0 cleanup
            qmgr unix n - n 300 1 qmgr
            tlsmgr unix - - n 1000? 1 tlsmgr
            rewrite unix - - n - - trivial-rewrite
            bounce unix - - n - 0 bounce
            defer unix - - n - 0 bounce
            trace unix - - n - 0 bounce
            verify unix - - n - 1 verify
            flush unix n - n 1000? 0 flush
            proxymap unix - - n - - proxymap
            proxywrite unix - - n - 1 proxymap
            smtp unix - - n - - smtp
            relay unix - - n - - smtp
            showq unix n - n - - showq
            error unix - - n - - error
            retry unix - - n - - error
            discard unix - - n - - discard
            local unix - n n - - local
            virtual unix - n n - - virtual
            lmtp unix - - n - 20 lmtp
            anvil unix - - n - 1 anvil
            scache unix - - n - 1 scache
            postlog unix-dgram n - n - 1 postlogd
        """
        lines = [line.strip() for line in services.splitlines() if line.strip()]
        lines = [("  " + line) if line.startswith("-o") else line for line in lines]
        if not self.tls:
            lines = lines[:1] + lines[5:]
        (etc / "master.cf").write_text("\n".join(lines) + "\n")
        self.spawn([daemons / "master", "-c", etc, "-d"])

    def spawn(self, command):
        # A session of its own: these daemons signal their whole process group.
        log = open(self.state / "start.log", "ab")
        process = subprocess.Popen([str(word) for word in command], env=self.environment, stdin=subprocess.DEVNULL,
                                   stdout=log, stderr=log, start_new_session=True)
        log.close()
        time.sleep(0.3)
        if process.poll() is not None:
            raise Unavailable((self.state / "start.log").read_text())
        self.masters.append(process)

    def pids(self):
        return [process.pid for process in self.masters]

    def stop(self):
        for process in self.masters:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
        for process in self.masters:
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        self.masters = []


if __name__ == "__main__":
    unpack()
    print(versions())
