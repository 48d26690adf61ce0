//! CAPA: what the server can do, RFC 2449 §5.

use crate::command::auth::MECHANISMS;
use crate::response::Response;
use crate::session::Session;

/// STLS is announced where it may be said (RFC 2595 §4), USER and SASL where a
/// password may be; all else in both states.
pub(super) fn run(session: &Session, authorization: bool) -> Response {
    let mut capabilities = String::new();
    let mut add = |line: &str| capabilities.extend([line, "\r\n"]);
    if session.may_say_password() {
        add("USER");
        let names = MECHANISMS.map(directory::sasl::Mechanism::name);
        add(&format!("SASL {}", names.join(" ")));
    }
    if authorization && super::stls::is_allowed(session) {
        add("STLS");
    }
    for always in ["TOP", "UIDL", "UTF8", "PIPELINING", "RESP-CODES", "AUTH-RESP-CODE"] {
        add(always);
    }
    // The server removes no mail by itself (RFC 2449 §6.7).
    add("EXPIRE NEVER");
    add("IMPLEMENTATION Facteur");
    Response::Lines("capability list follows".into(), capabilities)
}

#[cfg(test)]
mod tests {
    use crate::testing::{Scene, dialogue};

    #[test]
    fn in_clear_there_is_stls_and_no_login() {
        dialogue(
            Scene::new(&[]),
            "
            S: +OK Facteur POP3 ready
            C: CAPA
            S: +OK capability list follows
            S: STLS
            S: TOP
            S: UIDL
            S: UTF8
            S: PIPELINING
            S: RESP-CODES
            S: AUTH-RESP-CODE
            S: EXPIRE NEVER
            S: IMPLEMENTATION Facteur
            S: .
        ",
        );
    }

    #[test]
    fn from_a_trusted_network_there_are_both() {
        dialogue(
            Scene::trusted(&[]),
            "
            S: +OK Facteur POP3 ready
            C: CAPA
            S: +OK capability list follows
            S: USER
            S: SASL PLAIN
            S: STLS
            S: TOP
            S: UIDL
            S: UTF8
            S: PIPELINING
            S: RESP-CODES
            S: AUTH-RESP-CODE
            S: EXPIRE NEVER
            S: IMPLEMENTATION Facteur
            S: .
        ",
        );
    }

    #[test]
    fn after_the_login_there_is_no_stls() {
        dialogue(
            Scene::logged_in(&[]),
            "
            C: CAPA
            S: +OK capability list follows
            S: USER
            S: SASL PLAIN
            S: TOP
            S: UIDL
            S: UTF8
            S: PIPELINING
            S: RESP-CODES
            S: AUTH-RESP-CODE
            S: EXPIRE NEVER
            S: IMPLEMENTATION Facteur
            S: .
        ",
        );
    }
}
