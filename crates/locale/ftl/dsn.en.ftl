# What a bounce and other reports about delivery say (RFC 3461, RFC 3464).

dsn-from = Mail Delivery
dsn-subject-failed = Not delivered: { $subject }
dsn-subject-delayed = Delayed: { $subject }
dsn-subject-succeeded = Delivered: { $subject }
dsn-no-subject = (no subject)

dsn-failed = { $count ->
    [one] Your message could not be delivered to this address. It will not be tried again.
   *[other] Your message could not be delivered to these { $count } addresses. It will not be tried again.
}
dsn-delayed = { $count ->
    [one] Your message has not reached this address yet. You need not send it again: it is tried until { $until }, and you will be told if it fails.
   *[other] Your message has not reached these { $count } addresses yet. You need not send it again: it is tried until { $until }, and you will be told if it fails.
}
dsn-succeeded = { $count ->
    [one] Your message has reached this address.
   *[other] Your message has reached these { $count } addresses.
}
dsn-others = This says nothing of its other recipients.
dsn-message-subject = Subject: { $subject }
dsn-message-date = Sent: { $date }
dsn-said = The server { $host } said: { $reply }
dsn-reason = Technical reason: { $reply }
dsn-expired = It was tried for { $days ->
    [one] one day
   *[other] { $days } days
} without success.
dsn-delivered = It is in the mailbox of the recipient. Whether it was read is not known.
dsn-relayed = The server { $host } has taken it over. That server sends no confirmation when it arrives.
dsn-end = The technical report and your message, or its header, are attached.

dsn-why-address = There is no such address.
dsn-do-address = Check the spelling of what stands before the @, or ask the person by other means which address is right.
dsn-why-domain = The domain { $domain } does not exist, or takes no mail.
dsn-do-domain = Check the spelling of what stands behind the @.
dsn-why-full = The recipient’s mailbox is full.
dsn-do-full = Send it again in a few days, or tell the person by other means.
dsn-why-disabled = The recipient’s mailbox takes no mail at present.
dsn-do-disabled = Tell the person by other means.
dsn-why-large = The message is larger than the recipient’s server takes.
dsn-do-large = Send smaller attachments, or send a link to the files.
dsn-why-refused = The recipient’s server refused this message by its own rules: it may take it for spam.
dsn-do-refused = Read what that server said below. If you cannot change it, ask the person to write to you first, or tell the administrator of your own server.
dsn-why-unproven = The recipient’s server is not convinced that this message comes from your domain.
dsn-do-unproven = Show this report to the administrator of your server: the DNS records SPF, DKIM or DMARC of your domain need attention.
dsn-why-unreachable = The recipient’s server could not be reached.
dsn-do-unreachable = Send it again later. If it lasts, tell the person by other means.
dsn-why-busy = The recipient’s server does not take the message at present.
dsn-do-busy = Send it again later. If it lasts, tell the person by other means.
dsn-why-utf8 = The recipient’s server does not know addresses with letters beyond ASCII.
dsn-do-utf8 = Use an address without accents, for the recipient and for yourself.
dsn-why-bits = The recipient’s server is so old that it cannot take this kind of content.
dsn-do-bits = Send it again without a signature or encryption, as plain text.
dsn-why-loop = The message went in circles between servers.
dsn-do-loop = Show this report to the administrator of the recipient’s domain: mail for it is forwarded back to where it came from.
dsn-why-removed = An administrator of your server has stopped it.
dsn-do-removed = Ask the administrator why, before you send it again.
dsn-why-other = The recipient’s server refused the message.
dsn-do-other = Read what that server said below, and correct it or tell the person by other means.
