//! Mail that waits to be sent: durable records, due times, per-recipient results.
