# What the webmail says.

## The frame of every page
web-skip-to-content = Skip to content
web-account-nav = Account
web-settings = Settings
web-places = Mailboxes and labels
web-labels = Labels
web-close = Close
web-close-note = Close this note
web-write = Write
web-sign-out = Sign out
web-undo = Undo
web-space-used = { $used } of { $limit } used
web-space-grows = Your space grows by { $name } a day.

## Places
web-inbox = Inbox
web-starred = Starred
web-sent = Sent
web-drafts = Drafts
web-outbox = Outbox
web-all = All mail
web-spam = Spam
web-trash = Trash
web-draft-count = { $count ->
    [one] { $count } draft
   *[other] { $count } drafts
}
web-message-count = { $count ->
    [one] { $count } message
   *[other] { $count } messages
}
web-messages-word = { $count ->
    [one] message
   *[other] messages
}

## Places with nothing in them
web-empty-inbox = All is read and put away.
web-empty-inbox-text = New mail shows when you refresh the page.
web-empty-starred = Nothing starred yet.
web-empty-starred-text = A star keeps a letter in sight. Press it at the start of a line.
web-empty-sent = Nothing sent yet.
web-empty-drafts = No drafts.
web-empty-outbox = Nothing waits to be sent.
web-empty-all = No mail yet.
web-empty-spam = No spam.
web-empty-trash = Nothing to throw away.
web-empty-trash-text = What you delete stays here until you empty the trash.
web-empty-label = Nothing under this label.

## A list
web-tools-list = Actions on the ticked conversations
web-tick-all = Tick the whole page
web-untick-all = Untick all
web-tick = Tick: { $name }
web-nothing-ticked = Nothing was ticked: tick the conversations first, then choose what to do.
web-range = { $first }–{ $last } of { $total }
web-newer = Newer
web-older = Older
web-pages = Pages
web-refresh = Refresh
web-checked = As of { $name }.
web-unread-mark = Unread.
web-draft-mark = Draft,
web-starred-mark = Starred,
web-has-attachment = Attachment,
web-star = Star
web-unstar = Remove star
web-back-to-inbox = Back to the inbox
web-back-to = Back to { $name }
web-no-subject = (no subject)
web-nobody = (nobody)
web-me = me
web-to-people = To { $name }
web-to-nobody = To nobody yet
web-and-more = { $count } more

## What can be done with conversations
web-archive = Archive
web-delete = Delete
web-spam-it = Spam
web-not-spam = Not spam
web-mark-read = Mark as read
web-mark-unread = Mark as unread
web-to-inbox = Move to inbox
web-delete-forever = Delete for ever
web-unlabel = Remove label
web-cancel-sending = Don’t send
web-empty-trash-button = Empty the trash
web-empty-spam-button = Empty spam

## What was done
web-done-archive = { $count ->
    [one] Conversation archived
   *[other] { $count } conversations archived
}
web-done-delete = { $count ->
    [one] Conversation moved to trash
   *[other] { $count } conversations moved to trash
}
web-done-spam = { $count ->
    [one] Conversation moved to spam
   *[other] { $count } conversations moved to spam
}
web-done-notspam = { $count ->
    [one] Not spam: moved to the inbox
   *[other] Not spam: { $count } conversations moved to the inbox
}
web-done-inbox = { $count ->
    [one] Conversation moved to the inbox
   *[other] { $count } conversations moved to the inbox
}
web-done-read = { $count ->
    [one] Marked as read
   *[other] { $count } conversations marked as read
}
web-done-unread = { $count ->
    [one] Marked as unread
   *[other] { $count } conversations marked as unread
}
web-done-unlabel = { $count ->
    [one] Label removed
   *[other] Label removed from { $count } conversations
}
web-done-forever = { $count ->
    [one] Deleted for ever
   *[other] { $count } deleted for ever
}
web-done-cancel = { $count ->
    [one] Not sent. Your letter is back in Drafts.
   *[other] Not sent. { $count } letters are back in Drafts.
}
web-undone = Undone
web-cannot-undo = This can no longer be undone.
web-too-late = Too late: the letter has left already.

## A conversation
web-tools-conversation = Actions on the conversation
web-earlier-messages = { $count ->
    [one] { $count } earlier message
   *[other] { $count } earlier messages
}
web-details = Addresses and details
web-show-source = Show the source
web-save-message = Save as a file
web-from = From
web-reply-to-line = Reply to
web-to = To
web-cc = Cc
web-bcc = Bcc
web-date = Date
web-received = Received
web-subject = Subject
web-envelope = Envelope sender
web-size = Size
web-attachments = Attachments
web-download = Download
web-quoted-text = Quoted text
web-simple = Simple view, without the sender’s layout.
web-simple-pictures = Simple view: the sender’s layout and pictures are left out, so nobody learns that you opened this message.
web-no-text = This message has no text.
web-text-cut = This message is very long; only its beginning is shown.
web-in-spam = This message is in Spam. Do not follow its links, and do not answer it.
web-waits = Not sent yet.
web-waits-text = This message waits in the outbox. You can still take it back.
web-edit-draft = Continue writing
web-reply = Reply
web-reply-all = Reply to all
web-forward = Forward
web-reply-to = Reply to { $name }
web-more-fields = More room
web-wrote = On { $date }, { $name } wrote:
web-forwarded = Forwarded message
web-header-line = { $name }: { $value }

## Writing
web-title-new = New message
web-title-answer = Reply
web-title-draft = Draft
web-to-hint = Names or addresses, separated by commas
web-optional = Optional
web-bcc-hint = Optional; the others don’t see it
web-message = Message
web-attach = Attach
web-untick-to-drop = Untick a file to leave it out.
web-send = Send
web-save-draft = Save draft
web-discard-draft = Discard draft
web-undo-promise = { $count ->
    [0] It is sent at once.
    [one] After sending, you have one second to think again.
   *[other] After sending, you have { $count } seconds to think again.
}
web-saved-at = Saved: { $name }
web-sent-note = Sent
web-discarded = Draft moved to trash
web-not-sent = Not sent.
web-saved-but = Saved, but this was left out:
web-bad-address = “{ $name }” is not an address. Write it as name@example.org.
web-no-recipient = There is no recipient. Write at least one address in To.
web-too-many-recipients = A message goes to { $count } people at most. Use a mailing list for more.
web-not-your-address = { $name } is not an address of your account. Choose one of yours in From.
web-no-such-user = There is nobody with the address { $name } here. Check the spelling.
web-recipient-closed = The mailbox of { $name } is closed. Remove this address.
web-not-outside = { $name } cannot be reached: this server sends mail to its own addresses only.
web-full = Your mailbox is full. Delete something large and empty the trash, then try again.
web-disk-full = The server has no room left for mail. Your administrator must make some; try again later.
web-letter-too-large = With its attachments this message is larger than { $name }. Leave out a file or send it another way.
web-refused = The message was refused: { $name }

## Signing in
web-sign-in = Sign in
web-hello = Good day.
web-mail-awaits = Your mail awaits.
web-promise = Here your letters stay at home: no advertising, no tracking, no third parties.
web-full-address = Full address
web-password = Password
web-stay = Stay signed in on this device
web-open-my-mail = Open my mailbox
web-forgotten = Forgotten your password? Your administrator can give you a new one.
web-login-refused = Wrong address or password. Check the caps lock key, then try again.
web-login-suspended = This account is suspended. Ask your administrator.
web-login-too-fast = { $count ->
    [one] Too many attempts. Try again in one second.
   *[other] Too many attempts. Try again in { $count } seconds.
}
web-login-again = This page was open for too long, or cookies are off. Type your password again.
web-signed-out = You are signed out.

## The account
web-sections = Sections
web-space = Space
web-space-messages = { $count ->
    [one] { $count } message in all.
   *[other] { $count } messages in all.
}
web-general = General
web-your-name = Your name
web-your-name-help = Stands before your address in what you send.
web-language = Language
web-zone = Time zone
web-zone-server = As the server
web-zone-help = Such as Europe/Paris. There it is now { $name }.
web-zone-unknown = “{ $name }” is no time zone. Write it as Europe/Paris, or leave the field empty.
web-theme = Appearance
web-theme-auto = As the device
web-theme-light = Light
web-theme-dark = Dark
web-density = Lines of the list
web-density-compact = Close
web-density-normal = Comfortable
web-density-airy = Airy
web-save = Save
web-saved = Saved
web-app-passwords = App passwords
web-app-passwords-help = For a phone or a mail program. Each serves one device and can be withdrawn without touching the others.
web-app-password-ready = “{ $name }” is ready.
web-app-password-once = Copy this password now; it will not be shown again.
web-app-name = Name
web-app-created = Created
web-app-used = Last used
web-never = never
web-app-new = New device
web-app-new-hint = Phone
web-create = Create
web-revoke = Withdraw
web-app-revoked = Withdrawn: this password opens nothing any more
web-app-needs-name = Give the device a name, so that you recognise it later.
web-app-too-many = There are { $count } app passwords already. Withdraw one you no longer use.
web-action = Action
web-change-password = Change password
web-current-password = Present password
web-new-password = New password
web-new-password-help = Long is better than complicated: four words, for instance.
web-new-password-again = Once more
web-password-wrong = The present password is not right.
web-password-differs = The two new passwords differ. Type the same one twice.
web-password-short = The new password is too short: it needs at least { $count } characters.
web-password-long = The new password is too long: { $count } bytes at most.
web-password-changed = Password changed; other sessions are closed
web-sessions = Sessions
web-session-device = Device
web-session-from = From
web-session-used = Last used
web-session-this = This device
web-session-unknown = Unknown device
web-session-close = Close
web-session-close-others = Close all other sessions
web-session-closed = Session closed
web-sessions-closed = All other sessions closed

## When something goes wrong
web-reference = Reference { $name }.
web-error-not-found-title = There is nothing here.
web-error-not-found-text = The address is wrong, or what was here has been deleted or moved.
web-error-foreign-title = That form was not ours.
web-error-foreign-text = It came from another site, or from a page opened before you last signed in. Nothing was changed. Go back, reload the page and try again.
web-error-tls-title = Not over this connection.
web-error-tls-text = Passwords and letters only travel encrypted. Open the address again with https:// in front.
web-error-bad-request-title = That did not make sense.
web-error-bad-request-text = The form arrived incomplete. Nothing was changed. Go back, reload the page and try again.
web-error-too-large-title = That is too large.
web-error-too-large-text = More came than can be taken at once. Nothing was changed. Go back and leave something out.
web-error-full-title = Your mailbox is full.
web-error-full-text = Delete something large and empty the trash, then try again.
web-error-disk-title = The server has no room left.
web-error-disk-text = Nothing could be written. Reading still works. Your administrator must make room; tell them, then try again.
web-error-temporary-title = Not right now.
web-error-temporary-text = A passing trouble on the server. Nothing is lost. Try again in a minute.
web-error-internal-title = That was our fault.
web-error-internal-text = Something went wrong on the server and was noted. If it happens again, tell your administrator the reference below.
