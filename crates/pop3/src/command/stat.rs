//! STAT: how many messages and octets, RFC 1939 §5.

use crate::maildrop::Maildrop;
use crate::response::Response;

pub(super) fn run(maildrop: &Maildrop) -> Response {
    let (count, octets) = maildrop.totals();
    Response::ok(format!("{count} {octets}"))
}
