//! NOOP: nothing, RFC 1939 §5.

use crate::response::Response;

pub(super) fn run() -> Response {
    Response::ok("nothing done")
}
