//! The mail model: messages, mailboxes, placements, conversations; the one place where mail is written.
