# What a bounce and other reports about delivery say (RFC 3461, RFC 3464).
