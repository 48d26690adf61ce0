//! UTF8: the client bears headers in UTF-8, RFC 6856 §2.1.

use crate::response::Response;
use crate::session::Session;

pub(super) fn run(session: &mut Session) -> Response {
    session.utf8 = true;
    Response::ok("messages are given as they are")
}

#[cfg(test)]
mod tests {
    use crate::testing::{Scene, dialogue};

    #[test]
    fn headers_as_the_client_can_bear_them() {
        dialogue(
            Scene::logged_in(&["été\n\nun été"]),
            "
            C: RETR 1
            S: +OK 43 octets
            S: Subject: =?UTF-8?B?w6l0w6k=?=
            S: 
            S: un été
            S: .
            C: UTF8
            S: -ERR not after the login
        ",
        );
        dialogue(
            Scene::trusted(&["été\n\nun été"]),
            "
            S: +OK Facteur POP3 ready
            C: UTF8
            S: +OK messages are given as they are
            C: STLS
            S: -ERR STLS comes before UTF8
            C: USER alice@example.org
            C: PASS alice-secret
            S: +OK now the password, by PASS
            S: +OK maildrop has 1 messages (28 octets)
            C: RETR 1
            S: +OK 28 octets
            S: Subject: été
            S: 
            S: un été
            S: .
        ",
        );
    }
}
