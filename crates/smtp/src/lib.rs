//! SMTP: mail exchange on port 25, submission on 465 and 587, and the client side.
