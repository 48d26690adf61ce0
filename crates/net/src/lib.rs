//! Sockets: TLS, certificates, bounded readers, deadlines, limits.
