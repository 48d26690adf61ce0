# What the command line says.

cli-word-usage = Usage:
cli-word-commands = Commands
cli-word-command = COMMAND
cli-word-arguments = Arguments
cli-word-options = Options

cli-help = A complete mail service in one program
cli-help-demo = A complete throw-away server on this machine, with accounts and mail in it
cli-help-serve = Serve mail
cli-help-init = Write settings, keys and the first account
cli-help-domain = The domains served here
cli-help-domain-add = Serve a domain
cli-help-domain-list = List the domains
cli-help-domain-remove = Serve a domain no longer
cli-help-domain-dns = Print the DNS records to publish for a domain
cli-help-account = Accounts, their passwords and quotas
cli-help-account-add = Make an account
cli-help-account-list = List the accounts
cli-help-account-remove = Remove an account and all its mail
cli-help-account-rename = Give an account another address; its mail stays
cli-help-account-suspend = Close an account without losing anything, or open it again
cli-help-account-password = Set the password of an account
cli-help-account-app-password = Passwords for single programs and devices
cli-help-account-app-password-add = Make an app password and show it once
cli-help-account-app-password-list = List the app passwords of an account
cli-help-account-app-password-revoke = Make an app password worthless
cli-help-account-quota = Set how much an account may hold
cli-help-alias = Addresses that lead to accounts
cli-help-alias-add = Make an alias
cli-help-alias-list = List the aliases
cli-help-alias-remove = Remove an alias
cli-help-queue = Mail that waits to be sent
cli-help-queue-list = List the mail that waits
cli-help-queue-show = Show one mail and what became of each recipient
cli-help-queue-retry = Try to send a mail now
cli-help-queue-hold = Keep a mail from being sent
cli-help-queue-remove = Give up a mail
cli-help-import = Take mail from mbox files and Maildirs, with flags and labels
cli-help-export = Write an account’s mail as mbox files or a Maildir
cli-help-config = Check the settings, or show their defaults
cli-help-config-check = Read the settings and name everything that is wrong
cli-help-config-default = Print the default settings, explained

cli-arg-config = Settings file (default: /etc/facteur/facteur.toml, else ./facteur.toml)
cli-arg-data = Data directory, for a store without a settings file
cli-arg-json = Print JSON
cli-arg-help = Print help
cli-arg-version = Print the version
cli-arg-domain = Domain, for instance example.org
cli-arg-address = Address of an account, for instance alice@example.org
cli-arg-alias = Address of the alias
cli-arg-alias-add-to = Addresses of the accounts it leads to
cli-arg-account-rename-to = The new address
cli-arg-account-suspend-lift = Open the account again
cli-arg-account-quota-quota = Size, for instance 10G, or the word default
cli-arg-account-app-password-revoke-id = Number of the app password, as the list shows it
cli-arg-password-stdin = Read the password from the first line of standard input
cli-arg-quota = How much it may hold, for instance 10G (default: the growing quota of the settings)
cli-arg-admin = Make it an administrator
cli-arg-language = Language of the account: en or fr (default: yours)
cli-arg-label = What it is for, for instance the name of the device
cli-arg-protocol = What it opens: smtp, imap, pop3 (default: all of them)
cli-arg-id = Number of the mail, as the list shows it
cli-arg-import-source = Files and directories to read
cli-arg-import-label = Label to give (default: by the name of each file or folder)
cli-arg-directory = Directory to write, new or of an earlier export
cli-arg-format = What to write
cli-arg-export-label = Export this label only
cli-arg-init-domain = Domain of the mail addresses
cli-arg-init-data = Data directory (default: /var/lib/facteur, or ./facteur-data without the rights)
cli-arg-init-config = Settings file to write (default: /etc/facteur/facteur.toml, or ./facteur.toml without the rights)
cli-arg-init-admin = Address of the first account, an administrator (default: admin@ the domain)
cli-arg-init-hostname = Full name of this server (default: mail. and the domain)
cli-arg-demo-data = Directory for its data (default: a temporary one)
cli-arg-demo-keep = Keep the data at the end; a later start finds them again
cli-arg-demo-port-offset = Added to each standard port
cli-arg-demo-bind = Address to listen on

cli-config-none = There are no settings: neither /etc/facteur/facteur.toml nor ./facteur.toml exists. Name a file by --config or a data directory by --data, or begin with: facteur init --domain example.org
cli-config-none-good = There is no settings file, so everything has its default.
cli-config-good = { $file }: the settings are good.
cli-config-unreadable = { $file } cannot be read: { $error }
cli-config-unknown-key = { $file }:{ $line }: there is no key { $key }. See: facteur config default
cli-config-unknown-key-nearest = { $file }:{ $line }: there is no key { $key }; did you mean { $nearest }?
cli-config-invalid = { $file }:{ $line }: { $detail }
cli-config-wrong = { $problems ->
    [one] { $file } has a mistake.
   *[other] { $file } has { $problems } mistakes.
}

cli-runtime = The system refuses what every program needs: { $error }
cli-stdin = Standard input cannot be read: { $error }
cli-unreadable = { $path } cannot be read: { $error }
cli-unwritable = { $path } cannot be written: { $error }
cli-refused = Not done: { $error }
cli-bad-name = { $name } cannot be used as a name. Write a domain as example.org and an address as alice@example.org.

cli-store-none = There is no store in { $data }. Check the directory, or begin with: facteur init --domain example.org
cli-store-permission = The server in { $data } belongs to another user. Run this command as that user, or as root.
cli-store-busy = Another program has the store in { $data } open: { $error }. If it is a server, it is just starting or stopping; try again in a moment.
cli-store-open = The store in { $data } cannot be opened: { $error }
cli-store-failed = The store failed: { $error }. Try again; the log of the server may say more.
cli-data-dir = The data directory { $data } cannot be made: { $error }
cli-server-lost = The server stopped before it answered: { $error }. Try again.
cli-server-other-version = The server that runs is of another version than this program. Restart the server.

cli-column-domain = Domain
cli-column-accounts = Accounts
cli-column-address = Address
cli-column-messages = Messages
cli-column-used = Used
cli-column-quota = Quota
cli-column-state = State
cli-column-alias = Alias
cli-column-to = Leads to
cli-column-number = Number
cli-column-label = Label
cli-column-protocols = Opens
cli-column-created = Made
cli-column-last-used = Last used
cli-column-sender = Sender
cli-column-recipients = Recipients
cli-column-due = Next try
cli-column-attempts = Tries
cli-state-administrator = administrator
cli-state-suspended = suspended
cli-all-protocols = all
cli-never = never

cli-domain-added = { $domain } is served now. What to publish in DNS: facteur domain dns { $domain }
cli-domain-removed = { $domain } is no longer served.
cli-domain-none = No domain is served yet. Add one: facteur domain add example.org
cli-domain-bad = { $domain } is not a domain name.
cli-domain-exists = { $domain } is served already.
cli-domain-in-use = { $domain } still has { $accounts ->
    [one] { $accounts } account
   *[other] { $accounts } accounts
} and { $aliases ->
    [one] { $aliases } alias
   *[other] { $aliases } aliases
}. Remove or rename them first.
cli-no-domain = { $domain } is not served here. Add it first: facteur domain add { $domain }

cli-account-added = The account { $address } is made.
cli-account-removed = The account { $address } and its mail are removed.
cli-account-renamed = { $address } is { $to } now.
cli-account-suspended = { $address } is closed: nobody logs in, and mail to it is refused. Its mail is kept.
cli-account-opened = { $address } is open again.
cli-account-password = { $address } has a new password.
cli-account-quota = The quota of { $address } is set.
cli-account-none = There is no account yet. Make one: facteur account add alice@example.org
cli-no-account = There is no account { $address }. See: facteur account list
cli-address-taken = { $address } exists already, as an account or an alias.
cli-plus-in-name = { $address } has a + in it, which marks a subaddress. Choose a name without it.
cli-last-administrator = { $address } is the last administrator. Make another account administrator first.

cli-password-ask = Password (empty: one is made for you):
cli-password-again = Once more:
cli-password-differ = The two passwords differ. Nothing was changed.
cli-password-empty = The first line of standard input is empty; a password was expected there.
cli-password-made = Password: { $password }
cli-password-short = { $least ->
    [one] The password is too short: it needs { $least } character.
   *[other] The password is too short: it needs { $least } characters.
}
cli-password-long = { $most ->
    [one] The password is too long: it may have { $most } byte.
   *[other] The password is too long: it may have { $most } bytes.
}

cli-app-password-made = App password { $number }: { $password } (shown only now)
cli-app-password-revoked = App password { $number } opens nothing any more.
cli-app-password-none = This account has no app password.
cli-no-app-password = There is no such app password. See: facteur account app-password list

cli-alias-added = The alias { $alias } is made.
cli-alias-removed = The alias { $alias } is removed.
cli-alias-none = There is no alias yet.
cli-no-alias = There is no alias { $alias }. See: facteur alias list

cli-over-quota = The account is full: { $used } of { $limit } used. Raise its quota by facteur account quota, then begin again; what is there already is not taken twice.
cli-import-unknown = { $path } is neither an mbox file nor a Maildir, nor a directory of such.
cli-import-stopped = Stopped. What was taken is kept; the same command goes on from there.
cli-import-too-large = { $messages ->
    [one] { $messages } message was larger than 150 MB and left out.
   *[other] { $messages } messages were larger than 150 MB and left out.
}
cli-imported = { $new ->
    [one] { $new } message taken
   *[other] { $new } messages taken
}, { $known } there already.
cli-label-bad = { $label } cannot be a label: { $error }
cli-no-label = There is no label { $label } in this account.
cli-exported = { $messages ->
    [one] { $messages } message
   *[other] { $messages } messages
} in { $mailboxes ->
    [one] { $mailboxes } mailbox
   *[other] { $mailboxes } mailboxes
} written to { $path }
cli-export-other = { $path } is not empty and holds no export of this account and format. Choose another directory.
cli-export-stopped = Stopped. Finished mailboxes are kept; the same command goes on from there.

cli-log-level = The setting log.level is { $level }, which is no level of logging: { $error }
cli-tls = There is no usable certificate: { $error }
cli-admin-socket = The socket for commands in { $data } cannot be made: { $error }
cli-port-busy = Port { $port } ({ $door }) on { $address } is taken by another program. Stop that program, or choose another address under [listen].
cli-port-forbidden = Port { $port } ({ $door }) on { $address } is not allowed to this user. Start Facteur as root, give it the right by setcap cap_net_bind_service=+ep, or choose another port under [listen].
cli-port-refused = Port { $port } ({ $door }) cannot be opened on { $address }: { $error }

cli-init-exists = { $file } exists already and was not touched. Name another file by --config, or remove it first.
cli-init-done = Settings: { $file }. Data: { $data }. Look after both, and back up the data.
cli-init-account = First account, an administrator: { $address }
cli-init-dns = Publish in DNS, with the address of this machine in the place of ADDRESS:
cli-init-host = { $host } IN A    ADDRESS
cli-init-next = Then start the server by: { $command }. Its webmail is at https://{ $host }/ and its certificate is self-signed until [tls] names a better one.

cli-demo-title = Facteur is running, with mail in it.
cli-demo-open = Open        { $http }
    or { $https } (self-signed certificate)
cli-demo-accounts = Accounts    { $accounts }
    all with the password { $password }
cli-demo-program = Programs    server { $host }, user name: the whole address; accept the certificate
    IMAP { $imap } STARTTLS or { $imaps } TLS, POP3 { $pop3 } or { $pop3s }
    sending { $submission } STARTTLS or { $submissions } TLS
cli-demo-curl = Send a mail to alice and watch it arrive:
cli-demo-stop = Nothing leaves this machine. Ctrl-C stops it and throws everything away.
cli-demo-stop-kept = Nothing leaves this machine. Ctrl-C stops it; the mail stays in { $data }.
cli-demo-kept = The data are kept in { $data }.
cli-demo-left = The data in { $data } could not be thrown away: { $error }
cli-demo-not-ours = { $data } has something in it that is no demonstration of ours. Choose another directory.
cli-demo-next-offset = Or try: { $command } demo --port-offset { $offset }

cli-arg-queue-remove-tell = Tell its sender that it was not delivered
cli-state-on-hold = on hold
cli-state-held = may be taken back
cli-state-waiting = waiting
cli-state-sending = being sent
cli-queue-none = No mail waits.
cli-queue-retried = The mail { $id } is tried now.
cli-queue-held = The mail { $id } is kept until facteur queue retry { $id }.
cli-queue-removed = The mail { $id } is removed.
cli-queue-no-mail = No mail { $id } waits. See: facteur queue list
cli-queue-busy = The mail { $id } is being sent at this moment. Try again in a minute.

cli-usage-no-command = There is no command { $what }.
cli-usage-unknown = There is no { $what } here.
cli-usage-missing = { $what } is missing.
cli-usage-no-value = { $what } wants a value.
cli-usage-value = { $value } does not fit { $what }: { $cause }
cli-usage-help = See the same command with --help.
