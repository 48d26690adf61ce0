//! RSET: takes all DELE back, RFC 1939 §5.

use crate::maildrop::Maildrop;
use crate::response::Response;

pub(super) fn run(maildrop: &mut Maildrop) -> Response {
    maildrop.undelete_all();
    let (count, octets) = maildrop.totals();
    Response::ok(format!("maildrop has {count} messages ({octets} octets)"))
}

#[cfg(test)]
mod tests {
    use crate::testing::{Scene, dialogue};

    #[test]
    fn deleted_messages_come_back() {
        dialogue(
            Scene::logged_in(&["one", "two"]),
            "
            C: DELE 1
            C: DELE 2
            S: +OK message 1 deleted
            S: +OK message 2 deleted
            C: STAT
            S: +OK 0 0
            C: RSET
            S: +OK maildrop has 2 messages (42 octets)
            C: STAT
            S: +OK 2 42
        ",
        );
    }
}
